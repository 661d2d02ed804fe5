import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { hostdev } from '../../test/capture.ts';
import { exitStatus, type Problem } from '../errors.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hostdev-problems-'));
  await writeFile(join(directory, 'broken.xml'), '<domain>\n  <os>\n</domain>\n');
});
afterEach(() => rm(directory, { recursive: true }));

const run = (words: readonly string[]): ReturnType<typeof hostdev> =>
  hostdev(
    words.map((word) => word.replace('DIR', directory)),
    '',
    bareMachine([{ address: '0000:01:00.0', driver: 'nvme', iommuGroup: 1, express: true }]),
  );

describe('a refusal of a command that was asked for JSON', () => {
  it.each<[string[], ...Problem['code'][]]>([
    [['list', '99:0.0'], 'function-unknown'],
    [['show', '99:0.0'], 'function-unknown'],
    [['show', 'not-an-address'], 'address-malformed'],
    [['xml', '1:0.0', '--uid', '0'], 'uid-range'],
    [['prepare', '98:0.0', '99:0.0', '--dry-run'], 'function-unknown', 'function-unknown'],
    [['prepare', '1:0.0', '99:0.0', 'zz', '98:0.0', '--dry-run'], 'address-malformed', 'function-unknown', 'function-unknown'],
    [['release', 'zz', '99:0.0', '--dry-run'], 'address-malformed', 'function-unknown'],
    [['list', 'zz', '1:0.0', 'yy'], 'address-malformed', 'address-malformed'],
    [['release', '99:0.0', '--dry-run'], 'function-unknown'],
    [['vf', 'create', '1:0.0', '2', '--dry-run'], 'sriov-missing'],
    [['slot', 'off', '0x1', '--dry-run'], 'slot-unknown'],
    [['attach', 'DIR/none.xml', '1:0.0'], 'file-not-found'],
    [['attach', 'DIR/broken.xml', '1:0.0'], 'xml-malformed'],
    [['expand', 'DIR/broken.xml'], 'xml-malformed'],
    [['args', 'DIR/none.xml'], 'file-not-found'],
    [['topology', 'DIR/none.xml'], 'file-not-found'],
    [['guests', '-c', 'nonsense'], 'libvirt-uri'],
    [['list', '--no-such-option'], 'usage'],
    [['swap', 'web'], 'usage'],
    [['no-such-command'], 'usage'],
  ])('%j %s is a list of problems on stdout, with the codes and the exit status that the text has', async (words, ...codes) => {
    const { status, stdout, stderr } = await run([...words, '--json']);
    const { problems } = JSON.parse(stdout) as { problems: Problem[] };
    expect(problems.map(({ code, severity }) => [code, severity])).toEqual(codes.map((code) => [code, 'error']));
    expect(status).toBe(exitStatus(codes[0] as Problem['code']));
    for (const { message } of problems) expect(stderr).toContain(message);
    if (codes[0] !== 'usage') for (const code of codes) expect(stderr).toContain(`[${code}]`);
  });

  it('says where in a file it is', async () => {
    const { stdout } = await run(['expand', 'DIR/broken.xml', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ problems: [{ code: 'xml-malformed', location: { file: join(directory, 'broken.xml'), line: 3 } }] });
  });

  it('stands beside what could be had', async () => {
    const { status, stdout } = await run(['check', '1:0.0', '99:0.0', '--json']);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ exitStatus: 1, items: [{ hostAddress: '0000:01:00.0' }], problems: [{ code: 'function-unknown' }] });
  });
});

it.each([[['list', '99:0.0']], [['list', '--', '--json']], [['--help']]])('%j prints no JSON that nobody asked for', async (words) => {
  expect((await run(words)).stdout).not.toContain('"problems"');
});
