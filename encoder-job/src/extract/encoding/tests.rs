use encoding_rs::{ISO_2022_JP, UTF_16LE};

use super::*;

const ITALIAN: &str = "Perché la città è più bella? Così dicono, però non è sicuro.\r\n";
const RUSSIAN: &str =
    "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.\n";
const JAPANESE: &str = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n";

fn utf_16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

fn utf_32(text: &str, number: fn(u32) -> [u8; 4]) -> Vec<u8> {
    text.chars()
        .flat_map(|character| number(character.into()))
        .collect()
}

/// The text and its encoding, and whether there is something to say of it.
fn read(bytes: &[u8]) -> (String, &'static str, bool) {
    let decoded = decode(bytes, None).unwrap();
    (
        decoded.text.into_owned(),
        decoded.encoding,
        decoded.warning.is_some(),
    )
}

/// Bytes that look random and are the same at each run.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    })
    .take(length)
    .collect()
}

#[test]
fn a_mark_of_byte_order_decides() {
    for (mark, bytes, encoding) in [
        (&b"\xef\xbb\xbf"[..], ITALIAN.as_bytes().to_vec(), "UTF-8"),
        (b"\xff\xfe", utf_16(ITALIAN, u16::to_le_bytes), "UTF-16LE"),
        (b"\xfe\xff", utf_16(ITALIAN, u16::to_be_bytes), "UTF-16BE"),
        (b"\xff\xfe\0\0", utf_32(ITALIAN, u32::to_le_bytes), "UTF-32LE"),
        (b"\0\0\xfe\xff", utf_32(ITALIAN, u32::to_be_bytes), "UTF-32BE"),
    ] {
        let bytes = [mark, &bytes].concat();
        assert_eq!(read(&bytes), (ITALIAN.to_owned(), encoding, false));
    }
}

#[test]
fn what_is_no_character_of_utf_32_is_marked() {
    let whole = ITALIAN.repeat(2);
    let mut bytes = utf_32(&format!("\u{feff}{whole}"), u32::to_le_bytes);
    bytes.extend(0xd800_u32.to_le_bytes());
    bytes.push(b'a');
    let (text, encoding, has_warning) = read(&bytes);
    assert_eq!(text, format!("{whole}\u{fffd}\u{fffd}"));
    assert_eq!((encoding, has_warning), ("UTF-32LE", true));
    assert_eq!(decode(b"\xff\xfe\0\0\xff\xff\xff\xff", None), Err(NotText));
}

#[test]
fn a_stray_zero_makes_no_utf_16() {
    let mut text = ITALIAN.repeat(20).into_bytes();
    text.insert(1001, 0);
    let decoded = decode(&text, None).unwrap();
    assert_eq!(decoded.encoding, "UTF-8");
    assert!(decoded.text.starts_with(ITALIAN));
}

#[test]
fn zeros_between_words_make_no_utf_16() {
    let text = format!("a\0b {}", "A line of text.\n".repeat(5));
    let decoded = decode(text.as_bytes(), None).unwrap();
    assert_eq!(
        (decoded.encoding, decoded.text.as_ref()),
        ("UTF-8", text.as_str())
    );
    let many = "key\0value\0other\0thing\0".repeat(30);
    assert_eq!(decode(many.as_bytes(), None), Err(NotText));
}

#[test]
fn utf_16_is_known_without_a_mark_in_any_script() {
    for text in [ITALIAN, RUSSIAN, JAPANESE] {
        assert_eq!(
            read(&utf_16(text, u16::to_le_bytes)),
            (text.to_owned(), "UTF-16LE", false)
        );
        assert_eq!(
            read(&utf_16(text, u16::to_be_bytes)),
            (text.to_owned(), "UTF-16BE", false)
        );
    }
}

#[test]
fn utf_16_of_east_asia_is_known_without_a_mark_and_without_a_space() {
    for text in [
        "昨日の夕方、私たちは古い友人を迎えに駅へ行きました。",
        "昨天晚上我们去车站接一位老朋友。火车晚了两个小时，候车室里几乎没有人。",
        "1995年、東京の駅でABCという店を見ました。",
    ] {
        for (bytes, encoding) in [
            (utf_16(text, u16::to_le_bytes), "UTF-16LE"),
            (utf_16(text, u16::to_be_bytes), "UTF-16BE"),
        ] {
            assert_eq!(read(&bytes), (text.to_owned(), encoding, false));
        }
        // The same in two bytes each of other encodings is none of it.
        for encoding in [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP, encoding_rs::GBK] {
            let (bytes, _, has_errors) = encoding.encode(text);
            let bytes = &bytes[..bytes.len() & !1];
            assert!(has_errors || !read(bytes).1.starts_with("UTF-16"), "{encoding:?}");
        }
    }
}

#[test]
fn legacy_encodings_are_guessed_and_said_to_be() {
    for (text, encoding) in [
        (ITALIAN, encoding_rs::WINDOWS_1252),
        (RUSSIAN, encoding_rs::WINDOWS_1251),
        (RUSSIAN, encoding_rs::KOI8_U),
        (JAPANESE, encoding_rs::SHIFT_JIS),
        (JAPANESE, encoding_rs::EUC_JP),
    ] {
        let (bytes, _, _) = encoding.encode(text);
        let decoded = decode(&bytes, None).unwrap();
        assert_eq!((&*decoded.text, decoded.encoding), (text, encoding.name()));
        let warning = decoded.warning.unwrap();
        assert!(
            warning.contains(&encoding.name().to_ascii_lowercase()),
            "{warning}"
        );
    }
    let (bytes, _, _) = ISO_2022_JP.encode(JAPANESE);
    assert_eq!(read(&bytes), (JAPANESE.to_owned(), "ISO-2022-JP", false));
}

#[test]
fn only_the_beginning_of_what_is_not_ascii_is_looked_at() {
    let text = format!("{}{}", "plain text. ".repeat(20_000), ITALIAN.repeat(20_000));
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
    assert_eq!(read(&bytes), (text, "windows-1252", true));
}

#[test]
fn what_a_document_declares_counts_unless_it_is_wrong() {
    let (greek, _, _) = encoding_rs::ISO_8859_7.encode("Όλοι");
    let decoded = decode(&greek, Some(encoding_rs::ISO_8859_7)).unwrap();
    assert_eq!((&*decoded.text, decoded.warning), ("Όλοι", None));
    // It is UTF-8 whatever it says, and whatever it says it is not.
    assert_eq!(
        decode(ITALIAN.as_bytes(), Some(encoding_rs::WINDOWS_1252))
            .unwrap()
            .text,
        ITALIAN
    );
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(ITALIAN);
    for wrong in [UTF_8, UTF_16LE, encoding_rs::REPLACEMENT, ISO_2022_JP] {
        assert_eq!(decode(&bytes, Some(wrong)).unwrap().text, ITALIAN, "{wrong:?}");
    }
}

#[test]
fn utf_8_with_a_few_errors_stays_utf_8() {
    let mut bytes = ITALIAN.repeat(10).into_bytes();
    bytes.truncate(bytes.len() - 4);
    bytes.extend_from_slice(b"\xe8 fine \xc3");
    let decoded = decode(&bytes, None).unwrap();
    assert_eq!(decoded.encoding, "UTF-8");
    assert!(decoded.text.ends_with("\u{fffd} fine \u{fffd}"));
    assert!(decoded.warning.unwrap().contains("no valid UTF-8"));
}

#[test]
fn an_accent_at_the_end_is_no_cut_character() {
    assert_eq!(read(b"Una bella citt\xe0").0, "Una bella città");
}

#[test]
fn binary_data_is_told_from_text() {
    let without_zeros: Vec<u8> = noise(4_000).into_iter().filter(|&byte| byte != 0).collect();
    let numbers: Vec<u8> = (0_u32..2_000).flat_map(u32::to_le_bytes).collect();
    let samples: Vec<u8> = (0_u16..2_000).flat_map(|n| (n % 60).to_le_bytes()).collect();
    let controls: Vec<u8> = (0..400).map(|n| if n % 10 == 0 { 1 } else { b'a' }).collect();
    for bytes in [
        noise(4_000),
        without_zeros,
        numbers,
        samples,
        controls,
        b"a\0b".to_vec(),
        b"\xff\xfe\xfd".to_vec(),
        vec![0; 100],
    ] {
        assert_eq!(
            decode(&bytes, None),
            Err(NotText),
            "{:?}",
            &bytes[..bytes.len().min(8)]
        );
    }
}

#[test]
fn colours_of_a_terminal_are_no_binary_data() {
    let log = "\u{1b}[32mok\u{1b}[0m built\n\u{c}";
    assert_eq!(read(log.as_bytes()), (log.to_owned(), "UTF-8", false));
    // So are a printer's wide and narrow letters.
    let printed = "\u{e}Title\u{f} and \u{e}more\u{f}\n";
    assert_eq!(read(printed.as_bytes()), (printed.to_owned(), "UTF-8", false));
}

#[test]
fn no_length_of_noise_is_any_trouble() {
    for length in 0..300 {
        let _either = decode(&noise(length), Some(encoding_rs::SHIFT_JIS));
    }
}

#[test]
fn texts_of_dos_and_of_the_macintosh_are_told_from_those_of_the_web() {
    let text = "Perché? Così è, ciò che vede l\u{2019}età. Für größere Städte. «Élève», señor, ça va?";
    let to_dos = |character| match character {
        '\u{2019}' => b'\'',
        c if c.is_ascii() => u8::try_from(c).unwrap(),
        c => {
            let at = oem_cp::code_table::DECODING_TABLE_CP850
                .iter()
                .position(|other| *other == c);
            128 + u8::try_from(at.unwrap()).unwrap()
        }
    };
    let dos: Vec<u8> = text.chars().map(to_dos).collect();
    assert_eq!(read(&dos), (text.replace('\u{2019}', "'"), "IBM850", true));
    let (web, _, has_errors) = encoding_rs::WINDOWS_1252.encode(text);
    assert!(!has_errors);
    assert_eq!(read(&web), (text.to_owned(), "windows-1252", true));
    let macintosh: Vec<u8> = text
        .chars()
        .map(|character| {
            let is_it = |byte: &u8| {
                let (decoded, _) =
                    encoding_rs::MACINTOSH.decode_without_bom_handling(std::slice::from_ref(byte));
                decoded.chars().eq([character])
            };
            (0..=u8::MAX).find(is_it).unwrap()
        })
        .collect();
    assert_eq!(read(&macintosh), (text.to_owned(), "macintosh", true));
}

#[test]
fn utf_32_is_known_without_a_mark() {
    for text in [ITALIAN, RUSSIAN, JAPANESE] {
        assert_eq!(
            read(&utf_32(text, u32::to_le_bytes)),
            (text.to_owned(), "UTF-32LE", false)
        );
        assert_eq!(
            read(&utf_32(text, u32::to_be_bytes)),
            (text.to_owned(), "UTF-32BE", false)
        );
    }
    // Numbers that are no text.
    let numbers: Vec<u8> = (1..1000_u32)
        .flat_map(|number| (number * 31).to_le_bytes())
        .collect();
    assert_eq!(decode(&numbers, None), Err(NotText));
}

#[test]
fn french_and_portuguese_of_windows_are_no_hungarian() {
    for text in [
        "Le café fermé en août a rouvert cet été.",
        "As questões são muitas, e há milhões de respostas à espera.",
        "O presidente só falou das questões e dos milhões que há.",
    ] {
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        assert_eq!(read(&bytes).0, text);
    }
}
