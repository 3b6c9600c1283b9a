"""Small changes to a piece of code, each of which ought to make a test fail."""

import ast
import re
from collections.abc import Iterator
from typing import Any

OPPOSITES: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
# Links of a chain that can be left out: Order.objects.exclude(...).first(). Not the locks, which
# SQLite ignores: tests/races/ holds those.
LINKS = ("filter", "exclude", "order_by", "distinct")
LOCKS = ("select_for_update", "lock")
A_WORD = re.compile(r"[a-z][a-z0-9_.]*")  # a key or a status, not what people read


def changes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Change the tree in one place after the other: the line, and what was changed to what.

    Each change holds until the next one is asked for.
    """
    for parent, field, value in list(parts(tree)):
        for place, child in enumerate(value) if isinstance(value, list) else [(-1, value)]:
            is_code = isinstance(child, ast.AST) and not is_default(child, parent)
            for new in replacements(child) if is_code else ():
                setattr(
                    parent, field, [*value[:place], new, *value[place + 1 :]] if place >= 0 else new
                )
                yield child.lineno, "  ->  ".join(shown(child, new))
                setattr(parent, field, value)


def parts(node: ast.AST) -> Iterator[tuple[ast.AST, str, Any]]:
    """Everything in the tree that runs when it is called, by the field that holds it."""
    for field, value in ast.iter_fields(node):
        if (isinstance(node, ast.FunctionDef) and field != "body") or field == "annotation":
            continue
        # A key that is another one is as good as an entry that is left out.
        if isinstance(node, ast.Dict) and field == "keys":
            continue
        yield node, field, value
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not is_left_alone(child):
                yield from parts(child)


def is_left_alone(node: ast.AST) -> bool:
    """A sentence, a line of the log, or a lock."""
    match node:
        case ast.JoinedStr() | ast.Call(func=ast.Attribute(value=ast.Name(id="logger"))):
            return True
    return is_lock(node)


def is_default(node: ast.AST, parent: ast.AST) -> bool:
    """An `or ""` or `or 0`, which only the type checker asks for."""
    match parent, node:
        case ast.BoolOp(op=ast.Or()), ast.Constant(value="" | 0):
            return True
    return False


def is_lock(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name in LOCKS
    return False


def shown(*nodes: ast.AST) -> Iterator[str]:
    """Each on one line, from shortly before they differ: "…" stands for what is left out."""
    sources = [" ".join(ast.unparse(node).split()) for node in nodes]
    differ = (place for place, at in enumerate(zip(*sources, strict=False)) if len({*at}) > 1)
    start = max(0, next(differ, 0) - 30)
    for source in sources:
        end = "…" if len(source) > start + 90 else ""
        yield f"{'…' if start else ''}{source[start : start + 90]}{end}"


def replacements(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    for new in [*statements(node), *expressions(node)]:
        yield ast.fix_missing_locations(ast.copy_location(new, node))


def statements(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Expr() if is_left_alone(node.value) or any(map(is_lock, ast.walk(node))):
            return
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Continue() | ast.AugAssign():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript() | ast.Tuple()]):
            if not any(isinstance(name, ast.Name) for name in getattr(node.targets[0], "elts", [])):
                yield ast.Pass()
        case ast.Return(value=ast.expr()) if not isinstance(node.value, ast.Constant):
            yield ast.Return(value=ast.Constant(None))
        case ast.If(test=ast.Name() | ast.Attribute() | ast.Call() | ast.NamedExpr()):
            yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.With() if not any(item.optional_vars for item in node.items):
            yield ast.If(ast.Constant(True), node.body, [])
        case ast.ExceptHandler(type=ast.Tuple()):
            for elements in without_one(node.type.elts):
                yield ast.ExceptHandler(ast.Tuple(elements, ast.Load()), node.name, node.body)


def expressions(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            for place, operator in enumerate(node.ops):
                others = [*node.ops]
                others[place] = OPPOSITES[type(operator)]()
                yield ast.Compare(node.left, others, node.comparators)
        case ast.BoolOp():
            needed = [value for value in node.values if not is_default(value, node)]
            for value in needed:
                others = [other for other in node.values if other is not value]
                yield ast.BoolOp(node.op, others) if len(others) > 1 else others[0]
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            yield ast.BinOp(node.left, OPPOSITES[type(node.op)](), node.right)
        case ast.BinOp():
            yield from (node.left, node.right)
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int()):
            yield ast.Constant(node.value + 1)
        case ast.Constant(value=str()) if A_WORD.fullmatch(node.value):
            yield ast.Constant("another_word")
        case ast.Dict():
            for items in without_one(list(zip(node.keys, node.values, strict=True))):
                yield ast.Dict([key for key, _ in items], [value for _, value in items])
        case ast.Call() if not is_left_alone(node):
            for keywords in without_one(node.keywords):
                if [keyword.arg for keyword in node.keywords] != ["update_fields"]:
                    yield ast.Call(node.func, node.args, keywords)
            if isinstance(node.func, ast.Attribute) and node.func.attr in LINKS:
                if len(node.args) + len(node.keywords) > 1:
                    yield node.func.value
                for args in without_one(node.args):
                    yield ast.Call(node.func, args, node.keywords)


def without_one(items: list) -> Iterator[list]:
    for place in range(len(items)):
        yield items[:place] + items[place + 1 :]
