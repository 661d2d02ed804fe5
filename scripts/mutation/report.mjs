// docs/mutation.md: what became of the mutants of a room.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/**
 * @typedef {object} Outcome
 * @property {string} file
 * @property {number} line
 * @property {string} was what stands in the source
 * @property {string} becomes what the mutant has in its place
 * @property {string} mutator Stryker's name of the kind of mutation
 * @property {string} status Stryker's word for what became of it
 */

/**
 * @typedef {object} Left a mutant that no test can kill, or that none should
 * @property {string} file
 * @property {string} was
 * @property {string} becomes
 * @property {string} why
 */

/**
 * @typedef {object} Run
 * @property {string} room
 * @property {number} all how many mutants the room has
 * @property {number} sample
 * @property {number} seed
 * @property {number} minutes
 * @property {boolean} cut whether time was over before all were tried
 * @property {readonly Outcome[]} outcomes
 */

/** @param {string} text */
const onOneLine = (text) => text.replaceAll(/\s+/g, ' ').trim();

/** What is kept of a run on disk. @param {string} file @returns {Outcome[]} */
export function readOutcomes(file) {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => outcomeOf(JSON.parse(line)));
}

/** @param {import('@stryker-mutator/api/core').MutantResult} result @returns {Outcome} */
function outcomeOf({ fileName, location: { start, end }, mutatorName, replacement, status }) {
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line);
  // The end first: both may be on one line.
  lines[lines.length - 1] = lines[lines.length - 1]?.slice(0, end.column - 1) ?? '';
  lines[0] = lines[0]?.slice(start.column - 1) ?? '';
  return {
    ...{ file: relative(process.cwd(), fileName), line: start.line, mutator: mutatorName, status },
    ...{ was: onOneLine(lines.join('\n')), becomes: onOneLine(replacement) },
  };
}

/** @param {readonly Outcome[]} outcomes @param {string[]} statuses */
const those = (outcomes, ...statuses) => outcomes.filter(({ status }) => statuses.includes(status));

/** Per cent, rounded down: 85 means no less. @param {number} part @param {number} of */
const percent = (part, of) => (of === 0 ? '–' : `${Math.floor((100 * part) / of)} %`);

/** @param {Run} run @param {readonly Left[]} left */
export function roomSection({ room, all, sample, seed, minutes, cut, outcomes }, left) {
  const killed = those(outcomes, 'Killed').length;
  const timedOut = those(outcomes, 'Timeout').length;
  const remaining = those(outcomes, 'Survived', 'NoCoverage').sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
  const unreached = those(remaining, 'NoCoverage').length;
  const judged = killed + timedOut + remaining.length;
  const whys = remaining.map(({ file, was, becomes }) => left.find((one) => one.file === file && one.was === was && one.becomes === becomes)?.why);
  const explained = whys.filter((why) => why !== undefined).length;
  return [
    ...[`## ${room}`, ''],
    `Seed ${seed}, ${sample} of ${all} mutants, ${Math.ceil(minutes)} minutes${cut ? `; time was over, ${sample - outcomes.length} were not tried` : ''}.`,
    ...['', '| killed | timed out | survived | of these not reached by a test | with a reason below | found |', '| --- | --- | --- | --- | --- | --- |'],
    `| ${killed} | ${timedOut} | ${remaining.length} | ${unreached} | ${explained} | **${percent(killed + timedOut, judged)}** |`,
    ...(remaining.length === 0 ? [] : ['', '| survivor | mutation | why it is left |', '| --- | --- | --- |']),
    ...remaining.map((one, i) => `| ${one.file}:${one.line} | ${code(one.was)} → ${code(one.becomes)} | ${whys[i] ?? 'a test is missing'} |`),
  ].join('\n');
}

/** Code in a cell of a table, not longer than is read. @param {string} text */
function code(text) {
  const short = text.length > 90 ? `${text.slice(0, 60)} … ${text.slice(-25)}` : text;
  return `\`\` ${short.replaceAll('|', '\\|')} \`\``;
}

/** The page with a room's section in place of the one that stood there. @param {string} page @param {string} room @param {string} section */
export function withSection(page, room, section) {
  const [from, to] = [`<!-- ${room}: written by npm run mutate -->`, `<!-- ${room}: end -->`];
  const [begin, end] = [page.indexOf(from), page.indexOf(to)];
  if (begin === -1 || end === -1) throw new Error(`the page has no place for ${room}: ${from} … ${to}`);
  return `${page.slice(0, begin)}${from}\n\n${section}\n\n${page.slice(end)}`;
}
