"""The script of a page: zoom, move, search, and more about a box. It reads the page and loads nothing."""

SCRIPT = """
(function () {
  "use strict";
  var figure = document.querySelector("figure"), svg = figure.querySelector("svg");
  var more = document.getElementById("more"), search = document.getElementById("search");
  var found = document.getElementById("found");
  var nodes = Array.prototype.slice.call(svg.querySelectorAll("[data-of]"));
  var all = svg.viewBox.baseVal, whole = { x: all.x, y: all.y, w: all.width, h: all.height };
  var view = {}, hits = [], at = -1, drag = null, moved = false, fingers = {};

  function show() { svg.setAttribute("viewBox", [view.x, view.y, view.w, view.h].join(" ")); }
  function ratio() {
    return Math.max(view.w / figure.clientWidth, view.h / figure.clientHeight);
  }
  function fit() { view = { x: whole.x, y: whole.y, w: whole.w, h: whole.h }; show(); }
  // At first at the size it was made for, from its top: what is small enough is shown whole, what is
  // too wide from its left, or as far right of it as its title needs.
  function start() {
    fit();
    if (ratio() > 1) {
      view.w = figure.clientWidth; view.h = figure.clientHeight; view.y = 0;
      view.x = (whole.w - view.w) / 2; show();
      if (whole.w > view.w) {
        var title = svg.querySelector("text").getBoundingClientRect();
        var left = point({ clientX: title.left, clientY: 0 }).x - 16;
        var right = point({ clientX: title.right, clientY: 0 }).x + 16;
        view.x = Math.max(0, Math.min(right - view.w, left)); show();
      }
    }
  }
  function zoom(factor, x, y) {
    var wide = view.w * factor;
    if (wide < 60 || wide > whole.w * 8) { return; }
    view.x = x - (x - view.x) * factor; view.y = y - (y - view.y) * factor;
    view.w = wide; view.h *= factor; show();
  }
  function middle(factor) { zoom(factor, view.x + view.w / 2, view.y + view.h / 2); }
  function point(event) {
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  }
  function centre(node) {
    var box = node.getBoundingClientRect();
    var to = point({ clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 });
    view.x = to.x - view.w / 2; view.y = to.y - view.h / 2; show();
  }
  function choose(node) {
    nodes.forEach(function (other) { other.classList.toggle("chosen", other === node); });
    more.textContent = "";
    more.hidden = !node;
    if (!node) { return; }
    var close = document.createElement("button");
    close.type = "button"; close.textContent = "Close";
    close.addEventListener("click", function () { choose(null); node.focus(); });
    more.appendChild(close);
    var copy = document.getElementById(node.getAttribute("data-of")).cloneNode(true);
    while (copy.firstChild) { more.appendChild(copy.firstChild); }
  }
  function drawn(node) {
    return Array.prototype.map.call(node.querySelectorAll("text"), function (line) {
      return line.textContent;
    }).join(" ");
  }
  function told(node) { return document.getElementById(node.getAttribute("data-of")).textContent; }
  function look() {
    var wanted = search.value.trim().toLowerCase();
    function among(text) {
      return wanted === "" ? [] : nodes.filter(function (node) {
        return text(node).toLowerCase().indexOf(wanted) >= 0;
      });
    }
    // What is drawn; what is told of a box only where no box shows it.
    hits = among(drawn);
    if (!hits.length) { hits = among(told); }
    nodes.forEach(function (node) { node.classList.toggle("hit", hits.indexOf(node) >= 0); });
    at = -1;
    var next = { 0: "", 1: ", Enter shows it" }[hits.length];
    if (next === undefined) { next = ", Enter for the next"; }
    found.textContent = wanted === "" ? "" : hits.length + " found" + next;
  }

  document.documentElement.classList.add("live");
  document.querySelector(".tools").hidden = false;
  start();
  var size = { w: figure.clientWidth, h: figure.clientHeight };
  // A turned phone or a resized window keeps the size of the boxes and the corner that is shown.
  window.addEventListener("resize", function () {
    if (!size.w || !size.h) { start(); }
    else { view.w *= figure.clientWidth / size.w; view.h *= figure.clientHeight / size.h; show(); }
    size = { w: figure.clientWidth, h: figure.clientHeight };
  });
  document.getElementById("in").addEventListener("click", function () { middle(0.8); });
  document.getElementById("out").addEventListener("click", function () { middle(1.25); });
  document.getElementById("fit").addEventListener("click", fit);
  search.addEventListener("input", look);
  search.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && hits.length) {
      at = (at + (event.shiftKey ? hits.length - 1 : 1)) % hits.length;
      if (ratio() > 1.4) { middle(1 / ratio()); } // where all is shown, no word can be read
      centre(hits[at]); choose(hits[at]);
      found.textContent = (at + 1) + " of " + hits.length + (hits.length > 1 ? ", Enter for the next" : "");
    } else if (event.key === "Escape") { search.value = ""; look(); choose(null); }
  });
  figure.addEventListener("wheel", function (event) {
    event.preventDefault();
    var to = point(event);
    zoom(event.deltaY < 0 ? 0.87 : 1.15, to.x, to.y);
  }, { passive: false });
  figure.addEventListener("pointerdown", function (event) {
    fingers[event.pointerId] = { x: event.clientX, y: event.clientY };
    drag = event.clientX + " " + event.clientY; moved = false;
  });
  figure.addEventListener("pointermove", function (event) {
    var before = fingers[event.pointerId], ids = Object.keys(fingers);
    if (!before) { return; }
    var now = { x: event.clientX, y: event.clientY };
    if (ids.length > 1) {
      var other = fingers[ids[0] === String(event.pointerId) ? ids[1] : ids[0]];
      var old = Math.hypot(before.x - other.x, before.y - other.y);
      var to = point({ clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 });
      zoom(old / Math.max(1, Math.hypot(now.x - other.x, now.y - other.y)), to.x, to.y);
      moved = true;
    } else if (moved || Math.hypot(now.x - before.x, now.y - before.y) > 4) {
      if (!moved && figure.setPointerCapture) { figure.setPointerCapture(event.pointerId); }
      view.x -= (now.x - before.x) * ratio(); view.y -= (now.y - before.y) * ratio();
      moved = true; show();
    } else { return; }
    fingers[event.pointerId] = now;
  });
  ["pointerup", "pointercancel", "pointerleave"].forEach(function (name) {
    figure.addEventListener(name, function (event) { delete fingers[event.pointerId]; });
  });
  nodes.forEach(function (node) {
    node.addEventListener("click", function () { if (!moved) { choose(node); } });
    node.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(node); }
    });
    node.addEventListener("focus", function () {
      var box = node.getBoundingClientRect(), room = figure.getBoundingClientRect();
      if (box.right > room.right || box.left < room.left || box.bottom > room.bottom || box.top < room.top) {
        centre(node);
      }
    });
  });
  figure.addEventListener("keydown", function (event) {
    var step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (step) { view.x += step[0] * view.w / 8; view.y += step[1] * view.h / 8; show(); }
    else if (event.key === "+" || event.key === "=") { middle(0.8); }
    else if (event.key === "-") { middle(1.25); }
    else if (event.key === "0") { fit(); }
    else { return; }
    event.preventDefault();
  });
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") { choose(null); } });
})();
"""
