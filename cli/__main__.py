from amends.cli.main import app

app(prog_name="amends")
