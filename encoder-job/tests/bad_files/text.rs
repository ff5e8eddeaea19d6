//! Plain text and Markdown: encodings that are broken, and shapes that make algorithms slow.

use super::{Collection, Expected};

pub(super) fn add(collection: &mut Collection) {
    encodings(collection);
    nothing(collection);
    spaces(collection);
    long_lines(collection);
    characters(collection);
    markdown(collection);
}

fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

fn encodings(collection: &mut Collection) {
    let text = "Perch\u{e9} no? \u{4e2d}\u{6587} \u{1f642}\n".repeat(20);
    for (mark, to_bytes) in [
        (&b"\xff\xfe"[..], u16::to_le_bytes as fn(u16) -> [u8; 2]),
        (b"\xfe\xff", u16::to_be_bytes),
        (b"", u16::to_le_bytes),
        (b"\xff\xfe\0\0", u16::to_le_bytes),
    ] {
        let good = [mark, &utf_16(&text, to_bytes)].concat();
        let odd = good[..good.len() - 1].to_vec();
        // A half of a character beyond the basic plane, without its other half.
        let lone = [&good[..], &to_bytes(0xd83d), &to_bytes(0x0041)].concat();
        for file in [good, odd, lone, mark.to_vec()] {
            collection.add("text-in-utf-16", "txt", file);
        }
    }
    for bytes in [
        &b"\xef\xbb\xbf"[..],
        b"\xef\xbb",
        b"caf\xe9 and na\xefve",
        b"\x80\x81\x82\x83 smart \x93quotes\x94",
        b"\xc0\xaf overlong \xe0\x80\xaf \xf0\x80\x80\xaf",
        b"\xed\xa0\x80\xed\xb0\x80 surrogates",
        b"\xf4\x90\x80\x80 beyond the last character",
        b"\xe4\xb8 cut within a character \xf0\x9f\x99",
        b"good text, then \xff\xff\xff\xff",
        b"\x1b$B$3$s\x1b(B in a code of escapes",
        b"+AGEAYgBj- in seven bits",
    ] {
        collection.add("text-in-a-broken-encoding", "txt", bytes.to_vec());
    }
    // Not the file is broken, but one byte deep inside of it.
    let mut late = "All is well in this file. ".repeat(40_000).into_bytes();
    let middle = late.len() / 2;
    late[middle] = 0xff;
    collection.add("text-with-one-wrong-byte", "txt", late.clone());
    late[middle] = 0;
    collection.add("text-with-one-wrong-byte", "txt", late);
}

fn nothing(collection: &mut Collection) {
    for bytes in [
        &b""[..],
        b" ",
        b"\n",
        b"\x0c",
        b"\x0c\x0c\x0c",
        b"\xef\xbb\xbf\n",
        b"\t \r\n \t",
    ] {
        collection.add_expecting(Expected::AnyRefusal, "text-of-nothing", "txt", bytes.to_vec());
    }
    for bytes in [
        vec![0; 1],
        vec![0; 100_000],
        b"some\0text".to_vec(),
        vec![7; 1000],
        vec![0x1b; 1000],
    ] {
        collection.add("text-of-control-characters", "txt", bytes);
    }
    for length in [1, 100, 100_000] {
        let noise = collection.random.bytes(length);
        collection.add("noise", "txt", noise);
    }
}

fn spaces(collection: &mut Collection) {
    let repeated = |piece: &str, times: usize| piece.repeat(times).into_bytes();
    for piece in [
        " ", "\t", "\n", "\r", "\r\n", "\u{c}", "\u{a0}", "\u{2003}", "\u{200b}", "\u{feff}", " \n",
    ] {
        collection.add("text-of-a-million-spaces", "txt", repeated(piece, 1_000_000));
    }
    for piece in [" ", "\n", "\u{a0}", "\u{2003}"] {
        let around = [b"a".to_vec(), repeated(piece, 300_000), b"b".to_vec()].concat();
        collection.add("text-around-spaces", "txt", around);
    }
}

fn long_lines(collection: &mut Collection) {
    for piece in [
        "x",
        "word ",
        "0",
        "-",
        ".",
        "\u{4e00}",
        "\u{1f642}",
        "'s",
        "<|endoftext|>",
        "\u{5d0}",
        "aA1 ",
        "\\",
    ] {
        let line = piece.repeat(300_000 / piece.len());
        collection.add("text-of-one-giant-line", "txt", line.into_bytes());
    }
    collection.add(
        "text-of-very-many-lines",
        "txt",
        "a\n".repeat(300_000).into_bytes(),
    );
    collection.add(
        "text-of-very-many-pages",
        "txt",
        "a\u{c}".repeat(50_000).into_bytes(),
    );
}

fn characters(collection: &mut Collection) {
    let piled = format!("a{}", "\u{301}".repeat(100_000));
    let joined = "\u{1f469}\u{200d}".repeat(30_000);
    let turned = "\u{202e}".repeat(100_000) + "text" + &"\u{202c}".repeat(100_000);
    let flags = "\u{1f1e6}".repeat(50_000);
    let every: String = ('\u{1}'..='\u{ffff}').collect();
    let private: String = ('\u{e000}'..'\u{f8ff}').collect();
    for text in [piled, joined, turned, flags, every, private] {
        collection.add("text-of-odd-characters", "txt", text.into_bytes());
    }
    let letters = b"qwertyuiopasdfghjklzxcvbnm  \n";
    let noise = (0..100_000)
        .map(|_| letters[collection.random.below(letters.len())])
        .collect();
    collection.add("text-of-letters-at-random", "txt", noise);
}

fn markdown(collection: &mut Collection) {
    let deep = |piece: &str, times: usize| piece.repeat(times);
    for text in [
        "#".repeat(100_000),
        deep("# ", 100_000),
        deep("# a\n", 60_000),
        deep("###### a\n", 100_000),
        deep("a\n=\n", 100_000),
        deep("a\n===\n---\n", 100_000),
        deep("> ", 100_000),
        deep("- ", 100_000),
        deep("* a\n  ", 50_000),
        deep("[", 100_000),
        deep("![[](", 100_000),
        deep("[a](<b", 100_000),
        deep("**a *b _c __d ", 50_000),
        deep("`", 150_000),
        deep("` `` ", 100_000),
        deep("```\n", 60_000),
        deep("~~~ ", 60_000),
        deep("| a ", 60_000) + "\n" + &deep("|---", 60_000),
        deep("<!-- ", 60_000),
        deep("&amp", 60_000),
        deep("[a]: b\n", 100_000),
        deep("[^1]: a\n[^1]\n", 50_000),
        format!("---\n{}\n---\n# a", deep("a: &a [*a, *a]\n", 50_000)),
        format!("# {}\n", "a".repeat(100_000)),
    ] {
        collection.add("markdown-of-one-mark", "md", text.into_bytes());
    }
}
