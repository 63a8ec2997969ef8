//! The filters of Gopher and FineWeb in a plain loop over the lines of a file, on one core: the ceiling for `npm run bench data`.
//!
//!     cargo run --release -- filters|read FILE OUT
//!
//! The definitions are those of src/data/metrics, without the dictionaries for scripts that have no spaces. Prints the number of documents
//! that are left, which has to be that of llmpipe.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let filters = arguments[1] == "filters";
    let mut reader = BufReader::with_capacity(1 << 20, File::open(&arguments[2]).unwrap());
    let mut writer = BufWriter::with_capacity(1 << 20, File::create(&arguments[3]).unwrap());
    let (mut line, mut kept) = (String::new(), 0);
    while reader.read_line(&mut line).unwrap() > 0 {
        let record: Record = serde_json::from_str(line.trim_end()).unwrap();
        if !filters || keeps(&record.text) {
            writer.write_all(line.as_bytes()).unwrap();
            kept += 1;
        }
        line.clear();
    }
    writer.flush().unwrap();
    println!("{kept}");
}

fn keeps(text: &str) -> bool {
    let counts = Counts::of(text);
    counts.words > 0 && repetition(text, &counts) && quality(text, &counts) && fineweb(text, &counts)
}

#[derive(Default)]
struct Counts {
    characters: usize,
    pieces: usize,
    words: usize,
    word_characters: usize,
    alpha_pieces: usize,
}

impl Counts {
    fn of(text: &str) -> Counts {
        let mut counts = Counts { characters: text.chars().count(), ..Counts::default() };
        for piece in text.split_whitespace() {
            counts.pieces += 1;
            if piece.chars().any(char::is_alphabetic) {
                counts.alpha_pieces += 1;
            }
            if piece.chars().any(char::is_alphanumeric) {
                counts.words += 1;
                counts.word_characters += piece.chars().count();
            }
        }
        counts
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The number of parts, of those that repeat an earlier one, and the characters of these.
fn duplicates<'a>(parts: impl Iterator<Item = &'a str>) -> (usize, usize, usize) {
    let mut seen = FxHashSet::default();
    let (mut all, mut repeated, mut characters) = (0, 0, 0);
    for part in parts {
        all += 1;
        if !seen.insert(part) {
            repeated += 1;
            characters += part.chars().count();
        }
    }
    (all, repeated, characters)
}

/// Splits at runs of at least `least` line feeds, as JavaScript's split by /\n{least,}/ does.
fn split_at_runs(text: &str, least: usize) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        let mut end = at;
        while end < bytes.len() && bytes[end] == b'\n' {
            end += 1;
        }
        if end - at >= least {
            parts.push(&text[start..at]);
            start = end;
        }
        at = end.max(at + 1);
    }
    parts.push(&text[start..]);
    parts
}

fn repetition(text: &str, counts: &Counts) -> bool {
    let (paragraphs, repeated, characters) = duplicates(split_at_runs(text.trim(), 2).into_iter());
    if ratio(repeated, paragraphs) > 0.3 || ratio(characters, counts.characters) > 0.2 {
        return false;
    }
    let (lines, repeated, characters) = duplicates(split_at_runs(text, 1).into_iter());
    if ratio(repeated, lines) > 0.3 || ratio(characters, counts.characters) > 0.2 {
        return false;
    }
    let mut grams = Grams::of(text);
    for (n, most) in [(2, 0.2), (3, 0.18), (4, 0.16)] {
        if ratio(grams.top(n), counts.characters) > most {
            return false;
        }
    }
    (5..=10).all(|n| ratio(grams.duplicated(n), counts.characters) <= 0.20 - 0.01 * n as f64)
}

/// The n-grams of pieces as numbers, level by level.
struct Grams {
    ends: Vec<usize>,
    pieces: Vec<u32>,
    level: usize,
    ids: Vec<u32>,
    different: usize,
    known: FxHashMap<u64, u32>,
}

impl Grams {
    fn of(text: &str) -> Grams {
        let mut known: FxHashMap<&str, u32> = FxHashMap::default();
        let (mut ends, mut pieces) = (vec![0], Vec::new());
        for piece in text.split_whitespace() {
            let next = known.len() as u32;
            pieces.push(*known.entry(piece).or_insert(next));
            ends.push(ends[ends.len() - 1] + piece.chars().count());
        }
        Grams { ends, ids: pieces.clone(), different: known.len(), pieces, level: 1, known: FxHashMap::default() }
    }

    fn reach(&mut self, n: usize) {
        while self.level < n {
            self.level += 1;
            self.known.clear();
            let length = (self.pieces.len() + 1).saturating_sub(self.level);
            for i in 0..length {
                let pair = (self.ids[i] as u64) << 32 | self.pieces[i + self.level - 1] as u64;
                let next = self.known.len() as u32;
                self.ids[i] = *self.known.entry(pair).or_insert(next);
            }
            self.ids.truncate(length);
            self.different = self.known.len();
        }
    }

    fn top(&mut self, n: usize) -> usize {
        self.reach(n);
        if self.ids.is_empty() {
            return 0;
        }
        let (mut counts, mut first) = (vec![0usize; self.different], vec![0usize; self.different]);
        for (i, id) in self.ids.iter().enumerate().rev() {
            counts[*id as usize] += 1;
            first[*id as usize] = i;
        }
        let mut best = 0;
        for id in 1..self.different {
            if counts[id] > counts[best] {
                best = id;
            }
        }
        (self.ends[first[best] + n] - self.ends[first[best]] + n - 1) * counts[best]
    }

    fn duplicated(&mut self, n: usize) -> usize {
        self.reach(n);
        let mut seen = vec![false; self.different];
        let (mut characters, mut i) = (0, 0);
        while i < self.ids.len() {
            let id = self.ids[i] as usize;
            if seen[id] {
                characters += self.ends[i + n] - self.ends[i];
                i += n;
            } else {
                seen[id] = true;
                i += 1;
            }
        }
        characters
    }
}

const STOP_WORDS: [&str; 8] = ["the", "be", "to", "of", "and", "that", "have", "with"];

fn quality(text: &str, counts: &Counts) -> bool {
    let mean = ratio(counts.word_characters, counts.words);
    if !(50..=100_000).contains(&counts.words) || !(3.0..=10.0).contains(&mean) {
        return false;
    }
    let ellipses = text.matches("...").count() + text.matches('…').count();
    if ratio(ellipses.max(text.matches('#').count()), counts.pieces) > 0.1 {
        return false;
    }
    let (mut lines, mut bullets, mut cut) = (0, 0, 0);
    for line in text.lines() {
        lines += 1;
        if line.trim_start().starts_with(['•', '-']) {
            bullets += 1;
        }
        let end = line.trim_end();
        if end.ends_with("...") || end.ends_with('…') {
            cut += 1;
        }
    }
    if ratio(bullets, lines) > 0.9 || ratio(cut, lines) > 0.3 || ratio(counts.alpha_pieces, counts.pieces) < 0.8 {
        return false;
    }
    let mut found = 0u8;
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '_') {
        if let Some(i) = STOP_WORDS.iter().position(|stop| stop.eq_ignore_ascii_case(word)) {
            found |= 1 << i;
            if found.count_ones() >= 2 {
                return true;
            }
        }
    }
    false
}

fn fineweb(text: &str, counts: &Counts) -> bool {
    let lines: Vec<&str> = text.split('\n').filter(|line| !line.trim().is_empty()).collect();
    let ended = lines.iter().filter(|line| line.ends_with(['.', '!', '?'])).count();
    let short = lines.iter().filter(|line| line.chars().count() <= 30).count();
    let newlines = text.bytes().filter(|byte| *byte == b'\n').count();
    let (_, _, characters) = duplicates(lines.iter().copied());
    !lines.is_empty()
        && ratio(ended, lines.len()) >= 0.12
        && ratio(short, lines.len()) <= 0.67
        && ratio(characters, counts.characters - newlines) <= 0.01
        && ratio(newlines, counts.pieces) <= 0.3
}
