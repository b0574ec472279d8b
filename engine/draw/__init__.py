"""Pictures: what a case or a rule base looks like, in any of the forms of `FORMS`."""

from amends.engine.draw.case_path import path_of_case
from amends.engine.draw.files import FORMS, drawn, form_of, write
from amends.engine.draw.picture import Edge, Node, Picture
from amends.engine.draw.rule_map import rule_graph

__all__ = ["FORMS", "Edge", "Node", "Picture", "drawn", "form_of", "path_of_case", "rule_graph", "write"]
