use crate::body::rtf::token::{Token, Tokens};
use proptest::prelude::*;

fn tokens(rtf: &[u8]) -> Vec<Token<'_>> {
    Tokens::new(rtf).collect()
}

#[test]
fn braces_words_symbols_and_text_are_told_apart() {
    let expected = [
        Token::Open,
        Token::Word(b"rtf", Some(1)),
        Token::Word(b"ansi", None),
        Token::Word(b"u", Some(-3913)),
        Token::Text(b" two  spaces"),
        Token::Symbol(b'~'),
        Token::Hex(0xe4),
        Token::Symbol(b'\\'),
        Token::Symbol(b'{'),
        Token::Symbol(b'*'),
        Token::Close,
    ];
    assert_eq!(tokens(b"{\\rtf1\\ansi\\u-3913  two  spaces\\~\\'E4\\\\\\{\\*}"), expected);
}

#[test]
fn line_ends_and_nuls_between_tokens_are_nothing() {
    let split = b"\0{\r\n\\par\r\nab\ncd\0\x00e}\n\0";
    let expected = [
        Token::Open,
        Token::Word(b"par", None),
        Token::Text(b"ab"),
        Token::Text(b"cd"),
        Token::Text(b"e"),
        Token::Close,
    ];
    assert_eq!(tokens(split), expected);
    // After a backslash a line end is a symbol: a paragraph.
    assert_eq!(tokens(b"\\\r\n\\\n"), [Token::Symbol(b'\r'), Token::Symbol(b'\n')]);
}

#[test]
fn a_number_is_clamped_and_a_dash_alone_is_text() {
    assert_eq!(tokens(b"\\u99999999999 x")[0], Token::Word(b"u", Some(i32::MAX)));
    assert_eq!(tokens(b"\\u-99999999999 x")[0], Token::Word(b"u", Some(i32::MIN)));
    assert_eq!(tokens(b"\\b-x"), [Token::Word(b"b", None), Token::Text(b"-x")]);
    assert_eq!(tokens(b"\\b0- x"), [Token::Word(b"b", Some(0)), Token::Text(b"- x")]);
}

#[test]
fn binary_bytes_are_not_read_as_rtf() {
    let rtf = b"\\bin4 }\\{}x";
    assert_eq!(tokens(rtf), [Token::Binary(b"}\\{}", true), Token::Text(b"x")]);
    assert_eq!(tokens(b"\\bin99 abc"), [Token::Binary(b"abc", false)]);
    assert_eq!(tokens(b"\\bin0 a\\bin-2 b").len(), 4);
}

#[test]
fn broken_hex_costs_no_text() {
    assert_eq!(tokens(b"\\'4g"), [Token::Broken, Token::Text(b"4g")]);
    assert_eq!(tokens(b"\\'4"), [Token::Broken, Token::Text(b"4")]);
    assert_eq!(tokens(b"\\'}"), [Token::Broken, Token::Close]);
    assert_eq!(tokens(b"a\\"), [Token::Text(b"a"), Token::Broken]);
}

proptest! {
    #[test]
    fn every_token_moves_forward(rtf in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut tokens = Tokens::new(&rtf);
        let mut before = 0;
        while tokens.next().is_some() {
            prop_assert!(tokens.position() > before);
            before = tokens.position();
        }
        prop_assert_eq!(tokens.rest().iter().filter(|byte| **byte != 0 && **byte != 10 && **byte != 13).count(), 0);
    }
}
