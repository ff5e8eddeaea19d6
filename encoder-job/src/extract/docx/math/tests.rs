use super::*;
use crate::extract::xml::{self, Handler};

#[derive(Default)]
struct Reader(Equation);

impl Handler for Reader {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        self.0.start(name, attributes);
    }

    fn end(&mut self, name: &str) {
        self.0.end(name);
    }

    fn text(&mut self, text: &str) {
        self.0.text(text);
    }
}

fn written(xml: &str) -> String {
    let mut reader = Reader::default();
    xml::visit(&format!("<m:oMath>{xml}</m:oMath>"), &mut reader).unwrap();
    reader.0.finish()
}

fn r(text: &str) -> String {
    format!("<m:r><w:rPr><w:i/></w:rPr><m:t>{text}</m:t></m:r>")
}

/// A name, set upright.
fn name(text: &str) -> String {
    format!("<m:r><m:rPr><m:sty m:val='p'/></m:rPr><m:t>{text}</m:t></m:r>")
}

/// An object with these properties and parts.
fn object(kind: &str, properties: &str, parts: &[(&str, &str)]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|(part, content)| format!("<m:{part}>{content}</m:{part}>"))
        .collect();
    let parts = parts.concat();
    format!(
        "<m:{kind}><m:{kind}Pr>{properties}<m:ctrlPr><w:rPr><m:chr m:val='x'/></w:rPr></m:ctrlPr></m:{kind}Pr>{parts}</m:{kind}>"
    )
}

fn fraction(numerator: &str, denominator: &str) -> String {
    object("f", "", &[("num", numerator), ("den", denominator)])
}

fn brackets(content: &str) -> String {
    object("d", "", &[("e", content)])
}

fn above(base: &str, script: &str) -> String {
    object("sSup", "", &[("e", base), ("sup", script)])
}

fn below(base: &str, script: &str) -> String {
    object("sSub", "", &[("e", base), ("sub", script)])
}

fn function(of: &str, argument: &str) -> String {
    object("func", "", &[("fName", of), ("e", argument)])
}

fn sum(sign: &str, from: &str, to: &str, of: &str) -> String {
    object(
        "nary",
        &format!("<m:chr m:val='{sign}'/>"),
        &[("sub", from), ("sup", to), ("e", of)],
    )
}

#[track_caller]
fn check(cases: &[(String, &str)]) {
    for (xml, expected) in cases {
        assert_eq!(written(xml), *expected, "{xml}");
    }
}

#[test]
fn fractions_keep_what_is_over_and_under_the_line() {
    let square = above(&r("b"), &r("2"));
    check(&[
        (fraction(&r("1"), &r("2")), "1/2"),
        (
            fraction(&(square.clone() + &r("-4ac")), &r("2a")),
            "(b^2-4ac)/(2a)",
        ),
        (fraction(&square, &r("x")), "b^2/x"),
        (fraction(&fraction(&r("a"), &r("b")), &r("c")), "(a/b)/c"),
        (fraction(&brackets(&r("x+1")), &r("10")), "(x+1)/10"),
        (fraction(&r("(x+1)"), &r("(a)(b)")), "(x+1)/((a)(b))"),
        (fraction(&name("speed"), &name("time")), "speed/time"),
        (r("2") + &fraction(&r("1"), &r("2")), "2 1/2"),
        (fraction(&r("1"), &r("2")) + &brackets(&r("x")), "1/2 (x)"),
        (r("x=") + &fraction(&r("1"), &r("y")) + &r("+z"), "x=1/y+z"),
        (above(&fraction(&r("a"), &r("b")), &r("2")), "(a/b)^2"),
        (
            object(
                "f",
                "<m:type m:val='lin'/>",
                &[("num", &r("a")), ("den", &r("b"))],
            ),
            "a/b",
        ),
        (
            brackets(&object(
                "f",
                "<m:type m:val='noBar'/>",
                &[("num", &r("n")), ("den", &r("k"))],
            )),
            "(n¦k)",
        ),
    ]);
}

#[test]
fn scripts_stand_at_their_bases() {
    check(&[
        (above(&r("x"), &r("2")), "x^2"),
        (above(&r("x"), &r("n-k")), "x^(n-k)"),
        (below(&r("a"), &r("0")), "a_0"),
        (below(&r("a"), &r("12")), "a_12"),
        (below(&r("a"), &r("ij")), "a_(ij)"),
        (
            object(
                "sSubSup",
                "",
                &[("e", &r("x")), ("sub", &r("1")), ("sup", &r("2"))],
            ),
            "x_1^2",
        ),
        (above(&brackets(&r("1+x")), &r("n")), "(1+x)^n"),
        (above(&r("x+y"), &r("2")), "(x+y)^2"),
        (above(&above(&r("a"), &r("b")), &r("c")), "(a^b)^c"),
        (above(&r("e"), &(r("-") + &above(&r("x"), &r("2")))), "e^(-x^2)"),
        (above(&r("f"), &r("′")), "f′"),
        (below(&name("CO"), &r("2")), "CO_2"),
        (below(&r("a"), &r("n")) + &r("x"), "a_n x"),
        (r("2") + &above(&r("x"), &r("2")) + &r("+1"), "2x^2+1"),
        (
            object(
                "sPre",
                "",
                &[("sub", &r("6")), ("sup", &r("14")), ("e", &name("C"))],
            ),
            "_6^14 C",
        ),
        (
            r("a") + &object("sPre", "", &[("sub", ""), ("sup", &r("14")), ("e", &name("C"))]),
            "a ^14 C",
        ),
        (above("", &r("2")), "^2"),
    ]);
}

#[test]
fn brackets_are_those_that_are_shown() {
    let with = |opening: &str, closing: &str, parts: &[(&str, &str)]| {
        object(
            "d",
            &format!("<m:begChr m:val='{opening}'/><m:endChr m:val='{closing}'/>"),
            parts,
        )
    };
    check(&[
        (r("f") + &brackets(&r("x")), "f(x)"),
        (with("[", "]", &[("e", &r("x"))]), "[x]"),
        (with("|", "|", &[("e", &r("x"))]), "|x|"),
        (with("⌊", "⌋", &[("e", &r("x"))]), "⌊x⌋"),
        (with("{", "", &[("e", &r("x"))]), "{x"),
        (with("", "", &[("e", &r("x"))]), "x"),
        (
            brackets(&r("a")).replace("</m:d>", "<m:e><m:r><m:t>b</m:t></m:r></m:e></m:d>"),
            "(a|b)",
        ),
        (
            object("d", "<m:sepChr m:val=','/>", &[("e", &r("a")), ("e", &r("b"))]),
            "(a,b)",
        ),
        (brackets(&brackets(&r("x"))), "((x))"),
    ]);
}

#[test]
fn sums_products_and_integrals_have_their_limits() {
    let term = below(&r("a"), &r("n")) + &function(&name("cos"), &fraction(&r("nπx"), &r("L")));
    let differential = object("box", "<m:diff m:val='1'/>", &[("e", &r("dx"))]);
    let hidden = "<m:subHide m:val='1'/><m:supHide m:val='1'/>";
    check(&[
        (
            sum("∑", &r("k=0"), &r("n"), &below(&r("a"), &r("k"))),
            "∑_(k=0)^n a_k",
        ),
        (
            sum("∑", &r("n=1"), &r("∞"), &brackets(&(term + &r("+1")))),
            "∑_(n=1)^∞ (a_n cos((nπx)/L)+1)",
        ),
        (sum("∑", &r("k"), "", &r("a+b")), "∑_k (a+b)"),
        (
            sum("∏", &r("k=1"), &r("n"), &below(&r("A"), &r("k"))) + &r("+1"),
            "∏_(k=1)^n A_k+1",
        ),
        (
            object(
                "nary",
                "",
                &[
                    ("sub", &r("0")),
                    ("sup", &r("1")),
                    ("e", &(r("x") + &differential)),
                ],
            ),
            "∫_0^1 x dx",
        ),
        (
            object(
                "nary",
                hidden,
                &[("sub", ""), ("sup", ""), ("e", &(r("(2x+1)") + &differential))],
            ),
            "∫(2x+1) dx",
        ),
        (
            object(
                "nary",
                "<m:chr m:val='∮'/><m:supHide/>",
                &[("sub", &r("C")), ("sup", &r("no")), ("e", &r("z"))],
            ),
            "∮_C z",
        ),
        (
            r("a+") + &sum("⋃", &r("n=1"), &r("m"), &brackets(&r("X"))),
            "a+⋃_(n=1)^m (X)",
        ),
    ]);
}

#[test]
fn roots_functions_and_limits() {
    let lim = |of: &str| object("limLow", "", &[("e", &name("lim")), ("lim", of)]);
    check(&[
        (
            object("rad", "<m:degHide m:val='1'/>", &[("deg", ""), ("e", &r("x"))]),
            "√x",
        ),
        (
            object("rad", "<m:degHide m:val='1'/>", &[("deg", ""), ("e", &r("x+1"))]),
            "√(x+1)",
        ),
        (object("rad", "", &[("deg", &r("3")), ("e", &r("x"))]), "∛x"),
        (
            object("rad", "", &[("deg", &r("n")), ("e", &r("x+1"))]),
            "√[n](x+1)",
        ),
        // Without a function around them, as converters write them.
        (name("sin") + &r("x+y") + &name("cos") + &r("z"), "sin x+y cos z"),
        (
            name("sin") + &r("x") + &r("+") + &r("y") + &name("cos") + &r("z"),
            "sin x+y cos z",
        ),
        (r("x") + &name("log") + &r("2"), "x log 2"),
        (r("2") + &name("sin") + &brackets(&r("x")), "2 sin(x)"),
        (r("5") + &name("kg"), "5 kg"),
        (fraction(&(name("sin") + &r("x")), &r("x")), "(sin x)/x"),
        (name("sin") + &r("=") + &r("x"), "sin=x"),
        (name("s") + &name("in") + &r("x"), "sin x"),
        (function(&name("sin"), &r("x")), "sin x"),
        (function(&name("sin"), &brackets(&r("x"))), "sin(x)"),
        (function(&name("cos"), &r("2x")), "cos(2x)"),
        (function(&above(&name("sin"), &r("2")), &r("x")), "sin^2 x"),
        (function(&below(&name("log"), &r("2")), &r("x")), "log_2 x"),
        (
            function(
                &lim(&r("n→∞")),
                &above(&brackets(&(r("1+") + &fraction(&r("1"), &r("n")))), &r("n")),
            ),
            "lim_(n→∞) (1+1/n)^n",
        ),
        (object("limUpp", "", &[("e", &r("x")), ("lim", &r("a"))]), "x^a"),
        (r("a") + &function(&name("sin"), &r("x")) + &r("b"), "a sin x b"),
    ]);
}

#[test]
fn matrices_and_equations_below_each_other() {
    let row = |cells: &[&str]| {
        let cells: Vec<String> = cells
            .iter()
            .map(|cell| format!("<m:e>{}</m:e>", r(cell)))
            .collect();
        let cells = cells.concat();
        format!("<m:mr>{cells}</m:mr>")
    };
    let matrix = format!("<m:m><m:mPr/>{}{}</m:m>", row(&["a", "b"]), row(&["c", "d+1"]));
    let square = "<m:begChr m:val='['/><m:endChr m:val=']'/>";
    let cases = object(
        "d",
        "<m:begChr m:val='{'/><m:endChr m:val=''/>",
        &[(
            "e",
            &object(
                "eqArr",
                "",
                &[("e", &r("x,&amp;x≥0")), ("e", &r("-x,&amp;x&lt;0"))],
            ),
        )],
    );
    check(&[
        (object("d", square, &[("e", &matrix)]), "[a, b; c, d+1]"),
        (brackets(&matrix), "(a, b; c, d+1)"),
        (r("A=") + &matrix, "A=[a, b; c, d+1]"),
        (format!("<m:m>{}</m:m>", row(&["", "b"])), "[, b]"),
        (r("|x|=") + &cases, "|x|={x,x≥0; -x,x<0"),
        (
            object("eqArr", "", &[("e", &r("a&amp;=b")), ("e", &r("c&amp;=d"))]),
            "a=b\nc=d",
        ),
        (object("eqArr", "", &[("e", &r("E=m#(1)"))]), "E=m (1)"),
    ]);
}

#[test]
fn marks_over_and_under() {
    let accent = |mark: &str, base: &str| object("acc", &format!("<m:chr m:val='{mark}'/>"), &[("e", base)]);
    check(&[
        (object("acc", "", &[("e", &r("a"))]), "â"),
        (accent("\u{20d7}", &r("v")), "v\u{20d7}"),
        (accent("\u{303}", &r("n")), "ñ"),
        (accent("‾", &r("y")), "y\u{305}"),
        (accent("~", &r("n")), "ñ"),
        (accent("\u{302}", &r("ab")), "(ab)\u{302}"),
        (
            object("bar", "<m:pos m:val='top'/>", &[("e", &r("x"))]),
            "x\u{305}",
        ),
        (
            object("bar", "<m:pos m:val='top'/>", &[("e", &r("x+y"))]),
            "¯(x+y)",
        ),
        (object("bar", "", &[("e", &r("x"))]), "x\u{332}"),
        (
            object(
                "limLow",
                "",
                &[
                    ("e", &object("groupChr", "", &[("e", &r("x+y"))])),
                    ("lim", &name("sum of all")),
                ],
            ),
            "⏟(x+y)_(sum of all)",
        ),
        (
            object(
                "groupChr",
                "<m:chr m:val='→'/><m:pos m:val='bot'/>",
                &[("e", &name("heat"))],
            ),
            "→^(heat)",
        ),
        (object("borderBox", "", &[("e", &r("x=1"))]), "x=1"),
        (
            r("a") + &object("phant", "<m:show m:val='0'/>", &[("e", &r("no"))]) + &r("b"),
            "ab",
        ),
        (object("phant", "", &[("e", &r("b"))]), "b"),
    ]);
}

#[test]
fn runs_are_what_they_show() {
    check(&[
        (
            "<m:r><m:rPr><m:scr m:val='double-struck'/></m:rPr><m:t>R</m:t></m:r>".into(),
            "ℝ",
        ),
        ("<m:r><m:t>a\u{2061}b\u{200b}</m:t></m:r>".into(), "ab"),
        (below(&r("x"), &(r("1") + &r("2"))), "x_12"),
        (function(&(name("ar") + &name("g")), &r("z")), "arg z"),
        (r(" a   b "), " a b "),
        (below(&r("P"), &(name(" ") + &name("x"))), "P_x"),
        ("<m:r><m:t>a</m:t><w:br/><m:t>b</m:t></m:r>".into(), "a b"),
        (String::new(), ""),
    ]);
}

#[test]
fn however_deep_and_long_an_equation_is_it_takes_no_time() {
    let deep = |depth: usize, text: &str| {
        format!(
            "{}{}{}",
            "<m:f><m:num>".repeat(depth),
            r(text),
            "</m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f>".repeat(depth)
        )
    };
    assert!(written(&deep(400, "a")).starts_with("(((("));
    let long = "x".repeat(4 << 20);
    let text = written(&deep(400, &long));
    assert_eq!(text.matches('x').count(), long.len());
    // Without its structure, but with all its letters.
    assert_eq!(text.matches('b').count(), 400);
    let many = deep(300, &"y".repeat(1 << 13)).repeat(20);
    assert_eq!(written(&many).matches('y').count(), 20 << 13);
}
