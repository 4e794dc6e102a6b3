#!/usr/bin/env python3
"""Tests of floors.py and code_shape.py: small trees with one fault each, and C++ that is hard to cut into functions."""
import pathlib
import tempfile
import unittest

import code_shape
import floors


class Tree(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)

    def faults(self, name, text, exceptions=None):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        found, self.needed = floors.check_tree(self.root, exceptions or {})
        return found

    def test_includes_down_and_within_a_room_are_right(self):
        text = '#pragma once\n#include <vector>\n#include "base/ids.h"\n#include "auth/users.h"\n'
        self.assertEqual(self.faults("src/auth/sasl/plain.h", text), [])

    def test_include_upwards_is_named(self):
        self.assertEqual(self.faults("src/base/a.cpp", '\n#include "auth/users.h"\n'),
                         ['src/base/a.cpp:2: include "auth/users.h" goes up: base is on floor 0, auth on floor 2'])

    def test_include_sideways_is_named(self):
        self.assertIn("goes sideways", self.faults("src/auth/a.cpp", '#include "broker/message.h"\n')[0])

    def test_only_tests_include_what_tests_share(self):
        text = '#include "tests/sim/simulated_disk.h"\n'
        self.assertEqual(self.faults("src/auth/a_test.cpp", text), [])
        self.assertIn("write it from src/", self.faults("src/auth/a.cpp", text)[0])

    def test_include_is_written_from_src(self):
        self.assertIn("write it from src/", self.faults("src/auth/a.cpp", '#include "users.h"\n')[0])

    def test_room_without_a_floor_is_named(self):
        self.assertIn("room attic has no floor", self.faults("src/attic/a.cpp", "")[0])

    def test_boost_stays_where_it_belongs(self):
        asio = "#include <boost/asio/io_context.hpp>\n"
        header = "#pragma once\n" + asio
        self.assertEqual(self.faults("src/net/a.h", header), [])
        self.assertEqual(self.faults("src/net/a.cpp", asio), [])
        self.assertIn("broker knows no Boost", self.faults("src/broker/a.cpp", asio)[0])
        (self.root / "src/broker/a.cpp").unlink()
        self.assertIn("runtime knows no Boost", self.faults("src/runtime/a.cpp", asio)[0])

    def test_header_needs_pragma_once(self):
        self.assertIn("#pragma once", self.faults("src/base/a.h", "// words\n#pragma once\n")[0])

    def test_stray_words_need_an_issue(self):
        word = "TO" + "DO"
        self.assertEqual(self.faults("docs/a.md", f"{word}(#12): later\nmas{word.lower()}n\n"), [])
        self.assertIn("docs/a.md:1", self.faults("docs/a.md", f"{word}: later\n")[0])
        (self.root / "docs/a.md").unlink()
        self.assertIn("a.cpp:1", self.faults("a.cpp", f"int a;  // {word}: later\n")[0])
        self.assertEqual(self.faults("a.cpp", f'auto a = "{word}";\n'), [])

    def test_machine_paths_are_found(self):
        self.assertIn("path of", self.faults("docs/a.md", "see /ro" + "ot/x\n")[0])
        self.assertEqual(self.faults("docs/a.md", "see deploy/work/x and https://host/work/x\n"), [])

    def test_long_file_needs_an_exception_and_800_lines_have_none(self):
        self.assertEqual(self.faults("a.cpp", "\n" * 400), [])
        self.assertIn("401 lines, 400 at most", self.faults("a.cpp", "\n" * 401)[0])
        self.assertEqual(self.faults("a.cpp", "\n" * 401, {"a.cpp": 401}), [])
        self.assertIn("402 lines, 401 at most", self.faults("a.cpp", "\n" * 402, {"a.cpp": 401})[0])
        self.assertIn("no file may", self.faults("a.cpp", "\n" * 801, {"a.cpp": 900})[0])

    def test_long_function_needs_an_exception(self):
        long_function = "void f() {\n" + ";\n" * 69 + "}\n"
        self.assertEqual(self.faults("a.cpp", long_function), ["a.cpp:1: a.cpp:f has 71 lines, 70 at most"])
        self.assertEqual(self.faults("a.cpp", long_function, {"a.cpp:f": 71}), [])

    def test_exceptions_only_shrink(self):
        self.faults("a.cpp", "\n" * 410)
        self.assertEqual(list(floors.check_exceptions({"a.cpp": 410}, self.needed)), [])
        self.assertIn("only 410 lines now", list(floors.check_exceptions({"a.cpp": 500}, self.needed))[0])
        self.assertIn("no longer", list(floors.check_exceptions({"b.cpp": 500}, self.needed))[0])

    def test_tighten_lowers_and_removes_and_never_raises(self):
        path = self.root / "exceptions.txt"
        path.write_text("# why\na 500\nb 500\nc 500\n")
        floors.tighten(path, floors.read_exceptions(path), {"a": 450, "c": 900})
        self.assertEqual(path.read_text(), "# why\na 450\nc 500\n")


class Shape(unittest.TestCase):
    def functions(self, text):
        return [(function.name, function.line, function.lines) for function in code_shape.cpp_functions(text)]

    def test_functions_in_namespaces_and_classes(self):
        text = "namespace a {\nstruct S : T {\npublic:\n    int f() const {\n    }\n    int x = 0;\n};\n}\nint g() { return 1; }\n"
        self.assertEqual(self.functions(text), [("f", 4, 2), ("g", 9, 1)])

    def test_constructor_with_braces_in_its_initialisers(self):
        self.assertEqual(self.functions("A::A(int a)\n    : a_{a}, b_(a) {\n    go();\n}\n"), [("A::A", 1, 4)])

    def test_lambdas_and_blocks_belong_to_their_function(self):
        self.assertEqual(self.functions("void f() {\n  auto g = [](int a) { if (a) {} };\n  for (;;) {}\n}\n"), [("f", 1, 4)])

    def test_tables_and_initialisers_are_no_functions(self):
        self.assertEqual(self.functions("const T t[] = {\n {1, [](int a) { return a; }},\n};\nint a{3};\nenum class E { a, b };\n"), [])

    def test_braces_in_parameters_strings_and_comments_mean_nothing(self):
        text = 'void f(A a = {}, B b = B{1}) {\n  s = "}"; c = \'}\'; // }\n  /* } */ r = R"x(}})x"; n = 1\'000;\n}\nvoid g() {}\n'
        self.assertEqual(self.functions(text), [("f", 1, 4), ("g", 5, 1)])

    def test_operators_and_templates_have_names(self):
        text = "template <typename T>\nbool S<T>::operator==(const S&) const {\n}\nvoid S::operator()(int) {}\n"
        self.assertEqual(self.functions(text), [("S<T>::operator==", 1, 3), ("S::operator()", 4, 1)])

    def test_python_functions_are_found(self):
        self.assertEqual(code_shape.functions_in("a.py", "def f():\n    pass\n")[0].lines, 2)


if __name__ == "__main__":
    unittest.main()
