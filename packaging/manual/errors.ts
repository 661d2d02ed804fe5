/** docs/errors.md: every code with its exit status and meaning, its usual cause, and what helps. */
import { ERROR_CODES, type ErrorCode } from '../../src/errors.ts';
import { CAUSES } from './causes.ts';

const HEAD = `# Errors

Every refusal has a code. It is part of the interface: scripts may rely on it, messages may change. \`--json\` output
and the library's \`Problem\` and \`HostdevError\` carry it together with a message, a hint and, where a file is concerned,
line and column.

Exit status of the command: **0** done, **1** refused or failed, **2** the command line is wrong. A process ended by Ctrl-C
has 130, by SIGTERM 143, and 129 when its terminal goes away in the middle of a change, which is brought to an end or undone first.

The hint of a refusal says what to do in the case at hand; here is what usually leads to it.

| code | exit status | meaning | usual cause | what to do |
| --- | --- | --- | --- | --- |
`;

export function errorsPage(): string {
  const codes = Object.entries(ERROR_CODES) as [ErrorCode, (typeof ERROR_CODES)[ErrorCode]][];
  return `${HEAD}${codes.map(([code, [status, meaning]]) => `| \`${code}\` | ${status} | ${cells(meaning, ...CAUSES[code])} |\n`).join('')}`;
}

/** A bar would end the cell. */
function cells(...texts: readonly string[]): string {
  return texts.map((text) => text.replaceAll('|', '\\|')).join(' | ');
}
