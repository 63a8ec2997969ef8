/** Marks that end sentences in the scripts of the world: those of FineWeb's filter (datatrove's TERMINAL_PUNCTUATION). */

const marks = [
  String.raw`\u{21}\u{2e}\u{3f}\u{589}\u{61d}-\u{61f}\u{6d4}\u{700}-\u{702}\u{7f9}\u{837}\u{839}\u{83d}\u{83e}`,
  String.raw`\u{964}\u{965}\u{104a}\u{104b}\u{1362}\u{1367}\u{1368}\u{166e}\u{1735}\u{1736}\u{17d4}-\u{17d6}`,
  String.raw`\u{17d9}\u{17da}\u{1803}\u{1809}\u{1944}\u{1945}\u{1aa8}-\u{1aab}\u{1b5a}\u{1b5b}\u{1b5e}\u{1b5f}`,
  String.raw`\u{1b7d}\u{1b7e}\u{1c3b}\u{1c3c}\u{1c7e}\u{1c7f}\u{203c}\u{203d}\u{2047}-\u{2049}\u{2e2e}\u{2e3c}`,
  String.raw`\u{2e53}\u{2e54}\u{3002}\u{a4ff}\u{a60e}\u{a60f}\u{a6f3}\u{a6f7}\u{a876}\u{a877}\u{a8ce}\u{a8cf}`,
  String.raw`\u{a92f}\u{a9c8}\u{a9c9}\u{aa5d}-\u{aa5f}\u{aaf0}\u{aaf1}\u{abeb}\u{fe52}\u{fe56}\u{fe57}\u{ff01}`,
  String.raw`\u{ff0e}\u{ff1f}\u{ff61}\u{10a56}\u{10a57}\u{10f55}-\u{10f59}\u{10f86}-\u{10f89}\u{11047}\u{11048}`,
  String.raw`\u{110be}-\u{110c1}\u{11141}-\u{11143}\u{111c5}\u{111c6}\u{111cd}\u{111de}\u{111df}\u{11238}`,
  String.raw`\u{11239}\u{1123b}\u{1123c}\u{112a9}\u{1144b}\u{1144c}\u{115c2}\u{115c3}\u{115c9}-\u{115d7}\u{11641}`,
  String.raw`\u{11642}\u{1173c}-\u{1173e}\u{11944}\u{11946}\u{11a42}\u{11a43}\u{11a9b}\u{11a9c}\u{11c41}\u{11c42}`,
  String.raw`\u{11ef7}\u{11ef8}\u{11f43}\u{11f44}\u{16a6e}\u{16a6f}\u{16af5}\u{16b37}\u{16b38}\u{16b44}\u{16e98}`,
  String.raw`\u{1bc9f}\u{1da88}`,
]

const atEnd = new RegExp(`[${marks.join('')}]$`, 'u')

/** Whether a line ends in such a mark. White space after the mark counts as text, as in FineWeb. */
export function endsSentence(line: string): boolean {
  const last = line.charCodeAt(line.length - 1)
  if (last < 128) return last === 46 || last === 33 || last === 63
  return atEnd.test(line)
}
