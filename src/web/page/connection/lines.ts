/** Lines of a stream, whole, wherever its pieces are cut. */

/** A line that is longer is no message of ours: the whole state of 1,000 functions and 200 guests has 2 MB. */
const MAX_LINE = 64 * 1024 * 1024;

/** Takes pieces of text, gives the lines that are complete. */
export function lineReader(): (piece: string) => readonly string[] {
  let rest = '';
  return (piece) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) throw new Error('the server sent a line without an end');
    return lines.filter((line) => line !== '');
  };
}
