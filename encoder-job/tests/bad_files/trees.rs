//! Trees of pages, bookmarks and names that are cyclic, deep, endless, or not what they count.

use std::fmt::Write as _;

use super::{
    Collection,
    draft::{CONTENTS, Draft, RESOURCES, page_of},
    pack::flate,
};

pub(super) fn add(collection: &mut Collection) {
    cyclic_pages(collection);
    deep_pages(collection);
    counts_of_pages(collection);
    very_many_pages(collection);
    bookmarks(collection);
    endless_bookmarks(collection);
    destinations(collection);
    names(collection);
}

fn cyclic_pages(collection: &mut Collection) {
    // Objects 1 and 2 are nodes of the tree; the root is 1.
    for (first, second) in [
        ("/Count 1 /Kids [1 0 R]", "/Count 1 /Kids [1 0 R]"),
        ("/Count 1 /Kids [2 0 R]", "/Count 1 /Kids [1 0 R]"),
        (
            "/Count 9 /Kids [1 0 R 1 0 R 2 0 R]",
            "/Count 9 /Kids [2 0 R 2 0 R 1 0 R]",
        ),
        ("/Count 1 /Kids 1 0 R", ""),
        ("/Count 1 /Kids [99 0 R]", ""),
        ("/Count 1 /Kids [[[1 0 R]]]", ""),
        (
            "/Count 1 /Parent 1 0 R /Kids [2 0 R]",
            "/Type /Page /Parent 1 0 R /Kids [1 0 R]",
        ),
    ] {
        let mut draft = Draft::default();
        draft.object(format!("<< /Type /Pages {first} >>"));
        draft.object(format!("<< /Type /Pages {second} >>"));
        collection.pdf("pages-in-a-circle", draft.catalog_of(1));
    }
    // A page whose parents go round: what it inherits is nowhere.
    let mut draft = Draft::default();
    draft.object("<< /Type /Pages /Parent 2 0 R /Count 1 /Kids [3 0 R] >>");
    draft.object("<< /Type /Pages /Parent 1 0 R /Count 1 /Kids [1 0 R] >>");
    draft.object("<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>");
    draft.stream("", CONTENTS);
    collection.pdf("pages-in-a-circle", draft.catalog_of(1));
}

fn deep_pages(collection: &mut Collection) {
    for depth in [100, 2000, 20_000] {
        let mut draft = Draft::default();
        for number in 1..=depth {
            let (parent, kid) = (number - 1, number + 1);
            draft.object(format!(
                "<< /Type /Pages /Parent {parent} 0 R /Count 1 /Kids [{kid} 0 R] >>"
            ));
        }
        draft.object(page_of(
            depth,
            &format!("/Contents {} 0 R {RESOURCES}", depth + 2),
        ));
        draft.stream("", CONTENTS);
        collection.pdf("pages-deeply-nested", draft.catalog_of(1));
    }
    // Each node has the next one twice: a few objects, and two to the power of forty pages.
    for (depth, twice) in [(40, 2), (12, 30)] {
        let mut draft = Draft::default();
        for number in 1..=depth {
            let kids = format!("{} 0 R ", number + 1).repeat(twice);
            draft.object(format!("<< /Type /Pages /Count 1000000 /Kids [{kids}] >>"));
        }
        draft.object(page_of(
            depth,
            &format!("/Contents {} 0 R {RESOURCES}", depth + 2),
        ));
        draft.stream("", CONTENTS);
        collection.pdf("pages-multiplied", draft.catalog_of(1));
    }
}

fn counts_of_pages(collection: &mut Collection) {
    for tree in [
        "/Count 2147483647 /Kids [2 0 R]",
        "/Count -1 /Kids [2 0 R]",
        "/Count 0 /Kids []",
        "/Count 99 /Kids []",
        "/Kids [2 0 R]",
        "/Count (many) /Kids [2 0 R]",
        "/Count 1 /Kids [null null 2 0 R 1 0 R 99 0 R (page) 7]",
        "/Count 1",
    ] {
        let mut draft = Draft::default();
        draft.stream("", CONTENTS);
        draft.object(page_of(3, &format!("/Contents 1 0 R {RESOURCES}")));
        collection.pdf("count-of-pages-wrong", draft.tree(tree));
    }
}

fn very_many_pages(collection: &mut Collection) {
    // One page, a hundred thousand times.
    let mut draft = Draft::default();
    draft.stream("", CONTENTS);
    draft.object(page_of(3, &format!("/Contents 1 0 R {RESOURCES}")));
    draft.object(format!(
        "<< /Type /Pages /Count 100000 /Kids [{}] >>",
        "2 0 R ".repeat(100_000)
    ));
    let catalog = draft.object("<< /Type /Catalog /Pages 3 0 R >>");
    collection.pdf("very-many-pages", draft.clone().finish(catalog));
    collection.pdf("very-many-pages", draft.finish_packed(catalog, ""));
    // As many pages without anything on them, each an object of its own within an object stream.
    let mut draft = Draft::default();
    let mut kids = String::new();
    for number in 1..=20_000 {
        draft.object("<</Type/Page>>");
        let _ = write!(kids, "{number} 0 R ");
    }
    let tree = draft.object(format!("<< /Type /Pages /Count 20000 /Kids [{kids}] >>"));
    let catalog = draft.object(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    collection.pdf("very-many-pages", draft.finish_packed(catalog, ""));
    // Few objects, and more text than fits anywhere: each of the pages shows all of the contents again.
    let mut draft = Draft::default();
    let text = format!(
        "BT /F1 9 Tf 9 800 Td 9 TL {} ET",
        "(All work and no play.) ' ".repeat(15_000)
    );
    draft.stream("/Filter /FlateDecode", flate(text.as_bytes()));
    draft.object(page_of(3, &format!("/Contents 1 0 R {RESOURCES}")));
    let kids = "2 0 R ".repeat(20_000);
    collection.pdf(
        "text-multiplied",
        draft.tree(&format!("/Count 20000 /Kids [{kids}]")),
    );
}

/// A page, object 2, with contents, object 1, and whatever follows, in a file with these entries in its catalog.
fn with_catalog(entries: &str, objects: &[&str]) -> Vec<u8> {
    let mut draft = Draft::default();
    draft.stream("", CONTENTS);
    let tree = 3 + objects.len();
    draft.object(page_of(tree, &format!("/Contents 1 0 R {RESOURCES}")));
    for object in objects {
        draft.object(object);
    }
    draft.catalog = entries.to_owned();
    draft.tree("/Count 1 /Kids [2 0 R]")
}

fn bookmarks(collection: &mut Collection) {
    let outlines = "/Outlines << /First 3 0 R /Last 3 0 R /Count 1 >>";
    for entry in [
        "/Next 3 0 R",
        "/First 3 0 R",
        "/Next 3 0 R /First 3 0 R /Prev 3 0 R /Parent 3 0 R",
        "/Next 4 0 R",
        "/First << /Title (b) /First 3 0 R >>",
        "/First << /Title (b) /Next << /Title (c) /Next 3 0 R >> >>",
        "/Next null /First (first)",
        "/Count -2147483648",
    ] {
        let object = format!("<< /Title (a) /Dest [2 0 R /Fit] {entry} >>");
        let second = "<< /Title (d) /Dest [2 0 R] /Next 3 0 R >>";
        collection.pdf(
            "bookmarks-in-a-circle",
            with_catalog(outlines, &[&object, second]),
        );
    }
    for outlines in [
        "/Outlines 99 0 R",
        "/Outlines 2 0 R",
        "/Outlines []",
        "/Outlines << /First [] >>",
        "/Outlines << /First 1 0 R >>",
    ] {
        collection.pdf("bookmarks-wrong", with_catalog(outlines, &[]));
    }
    for title in [
        "<FEFFD800>",
        "<FEFF00>",
        "<>",
        "(\\000\\001\\002)",
        "99",
        "<EFBBBFFFFE>",
        "null",
    ] {
        let object = format!("<< /Title {title} /Dest [2 0 R /Fit] >>");
        collection.pdf("titles-wrong", with_catalog(outlines, &[&object]));
    }
    let title = format!("<< /Title ({}) /Dest [2 0 R /Fit] >>", "Chapter ".repeat(100_000));
    collection.pdf("titles-endless", with_catalog(outlines, &[&title]));
}

fn endless_bookmarks(collection: &mut Collection) {
    // Side by side, and one below the other.
    for link in ["/Next", "/First"] {
        let objects: Vec<String> = (4..20_004)
            .map(|next| format!("<</Title(A)/Dest[2 0 R/Fit]{link} {next} 0 R>>"))
            .collect();
        let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
        collection.pdf(
            "very-many-bookmarks",
            with_catalog("/Outlines << /First 3 0 R >>", &objects),
        );
    }
    // Written into each other, without objects of their own.
    for link in ["/Next", "/First"] {
        let nested = format!(
            "{}null{}",
            format!("<< /Title (a) {link} ").repeat(20_000),
            ">>".repeat(20_000)
        );
        let outlines = format!("/Outlines << /First {nested} >>");
        collection.pdf("bookmarks-deeply-nested", with_catalog(&outlines, &[]));
    }
}

fn destinations(collection: &mut Collection) {
    let outlines = "/Outlines << /First << /Title (a) /Dest 3 0 R >> >>";
    for destination in [
        "<< /D 3 0 R >>",
        "<< /D << /D 3 0 R >> >>",
        "[3 0 R /Fit]",
        "[2147483647 /Fit]",
        "[-1 /Fit]",
        "[]",
        "(name)",
        "/name",
    ] {
        collection.pdf("destinations-in-a-circle", with_catalog(outlines, &[destination]));
    }
    let nested = format!("{}null{}", "<< /D ".repeat(50_000), ">>".repeat(50_000));
    collection.pdf("destinations-deeply-nested", with_catalog(outlines, &[&nested]));
    let chain: Vec<String> = (4..20_004).map(|next| format!("<< /D {next} 0 R >>")).collect();
    let chain: Vec<&str> = chain.iter().map(String::as_str).collect();
    collection.pdf("destinations-deeply-nested", with_catalog(outlines, &chain));
}

fn names(collection: &mut Collection) {
    let catalog = "/Outlines << /First << /Title (a) /Dest (b) >> >> /Names << /Dests 3 0 R >> /Dests 4 0 R";
    for (tree, old) in [
        ("<< /Kids [3 0 R] >>", "<< /b /b >>"),
        ("<< /Kids [3 0 R 3 0 R 3 0 R] >>", "<< /b /c /c /b >>"),
        ("<< /Names [(b) (b)] >>", "<< /b 4 0 R >>"),
        ("<< /Names [(b) 3 0 R (b)] /D 3 0 R >>", "<< /D 4 0 R /b 4 0 R >>"),
        ("<< /Names 3 0 R /Kids 3 0 R >>", "[4 0 R]"),
        ("<< /Names [1 2 3 4 [] []] /Limits [] >>", "<< /b [4 0 R] >>"),
    ] {
        collection.pdf("names-in-a-circle", with_catalog(catalog, &[tree, old]));
    }
    let pairs = format!("<< /Names [{}] >>", "(b) [2 0 R /Fit] ".repeat(50_000));
    collection.pdf("very-many-names", with_catalog(catalog, &[&pairs, "null"]));
    let labels = "/PageLabels << /Nums [0 << /S /r /St 2147483647 >> -1 << /P 3 0 R >>] /Kids [3 0 R] >>";
    collection.pdf("labels-wrong", with_catalog(labels, &["<< /Kids [3 0 R] >>"]));
}
