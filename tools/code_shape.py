"""Finds the functions of C++ and Python files and how long they are, without compiling: by brackets, after comments and
literals are blanked. Lambdas count towards the function they are in; tables and initialisers are no functions."""
import ast
import dataclasses
import re


@dataclasses.dataclass
class Function:
    name: str
    line: int   # of its signature
    lines: int  # from signature to closing bracket


def functions_in(name, text):
    if name.endswith((".cpp", ".h", ".c")):
        return cpp_functions(text)
    if name.endswith(".py"):
        return python_functions(text)
    return []


def python_functions(text):
    return [Function(node.name, node.lineno, node.end_lineno - node.lineno + 1)
            for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


LITERALS = re.compile(
    r'//[^\n]*|/\*.*?\*/'                              # comments
    r'|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"'             # raw strings
    r'|"(?:\\.|[^"\\\n])*"'                            # strings
    r"|(?<![0-9a-fA-F])'(?:\\.[^'\n]*|[^'\\\n])'"      # characters, but not digit separators
    r'|^[ \t]*#(?:\\\n|[^\n])*',                       # preprocessor
    re.DOTALL | re.MULTILINE)


def blank_literals(text):
    """The same text with the same lines, without anything in which a bracket means nothing."""
    return LITERALS.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


TYPE_HEAD = re.compile(r"^(?:template\s*<.*>\s*|\[\[.*\]\]\s*|typedef\s+)*(?:class|struct|union|enum)\b", re.DOTALL)
INITIALIZER_LIST = re.compile(r"\)\s*(?:noexcept\s*)?:[^:]", re.DOTALL)
NAME_BEFORE_PARAMETERS = re.compile(r"((?:[\w~]+(?:<[^()]*>)?::)*(?:operator\s*(?:\(\)|[^\s(]+|\s\w+)|~?\w+))\s*\(")


def kind_of_block(head):
    """What an opening bracket after `head` begins, outside of functions: names, type, function, member or value."""
    head = head.strip()
    if re.match(r"(inline\s+)?namespace\b|extern\b\s*$", head):
        return "names"
    if TYPE_HEAD.match(head) and not head.endswith(")"):
        return "type"
    if "(" not in head or head.endswith("=") or re.search(r"=\s*[\w:<>, ]*$", head):
        return "value"
    if INITIALIZER_LIST.search(head) and re.search(r"[\w>]$", head) and not head.endswith(("const", "noexcept")):
        return "member"  # Foo(int a) : a_{a}
    return "function"


def name_of(head):
    names = NAME_BEFORE_PARAMETERS.findall(re.sub(r"\[\[.*?\]\]|noexcept\s*\(", " ", head))
    return re.sub(r"\s+", "", names[0]) if names else "?"


def matching_bracket(text, opening):
    depth = 0
    for at in range(opening, len(text)):
        if text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return at
    return len(text) - 1


def cpp_functions(text):
    text = blank_literals(text)
    found, head_start, parens, at = [], 0, 0, 0
    while at < len(text):
        letter = text[at]
        if letter in "()":
            parens += 1 if letter == "(" else -1
        elif letter == "{":
            head = text[head_start:at]
            kind = "value" if parens > 0 else kind_of_block(head)
            if kind in ("names", "type"):
                head_start = at + 1
            else:
                closing = matching_bracket(text, at)
                if kind == "function":
                    found.append(measure(text, head_start, head, closing))
                    head_start = closing + 1
                at = closing
        elif letter in ";}" and parens == 0:
            head_start = at + 1
        elif letter == ":" and parens == 0 and re.search(r"\b(public|private|protected)\s*$", text[head_start:at]):
            head_start = at + 1
        at += 1
    return found


def measure(text, head_start, head, closing):
    start = head_start + len(head) - len(head.lstrip())
    line = text.count("\n", 0, start) + 1
    return Function(name_of(head), line, text.count("\n", start, closing) + 1)
