/** Lines of a stream, whole, wherever its pieces are cut. */

/** A line that is longer is no message of ours: the whole state of 1,000 functions and 200 guests has 2 MB. */
const MAX_LINE = 64 * 1024 * 1024;

/** Takes pieces of text, gives the lines that are complete. */
export function lineReader(): (piece: string) => readonly string[] {
  // A long line comes in many pieces: each is looked through once.
  let begun: string[] = [];
  let length = 0;
  return (piece) => {
    const [first = '', ...others] = piece.split('\n');
    begun.push(first);
    length += first.length;
    const rest = others.pop();
    const lines = rest === undefined ? [] : [begun.join(''), ...others];
    if (rest !== undefined) [begun, length] = [[rest], rest.length];
    if (length > MAX_LINE) throw new Error('the server sent a line without an end');
    return lines.filter((line) => line !== '');
  };
}
