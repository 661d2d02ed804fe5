/** The package as npm installs it, in an empty folder and for everybody, on every line of Node; without a registry. */
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeBinaries } from '../test/node-versions/node-binary.ts';
import { NODE_RELEASES } from '../test/node-versions/releases.ts';
import { describeUnless } from '../test/skip.ts';
import { run } from './process.ts';

let directory: string;
let tree: string;
let archives: string[];
let npmProgram: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hostdev-npm-'));
  npmProgram = await realpath((await run('sh', ['-c', 'command -v npm'])).trim());
  // What is packed is what would be published; its one dependency is packed beside it, since nothing is fetched here.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', directory, '.', './node_modules/libxml2-wasm']);
  archives = (await readdir(directory)).filter((name) => name.endsWith('.tgz')).map((name) => join(directory, name));
  tree = join(directory, 'tree');
  const nic = join(tree, 'sys/bus/pci/devices/0000:02:00.0');
  await mkdir(nic, { recursive: true });
  for (const [name, text] of Object.entries({ vendor: '0x8086', device: '0x10c9', class: '0x020000' })) await writeFile(join(nic, name), `${text}\n`);
});
afterAll(() => rm(directory, { recursive: true }));

for (const { version, path, reason } of await nodeBinaries(NODE_RELEASES)) {
  describeUnless(reason, `npm with Node ${version}`, () => {
    const npm = (words: readonly string[], cwd: string): Promise<string> =>
      run(path, [npmProgram, '--offline', '--no-audit', '--no-fund', '--cache', join(directory, 'cache'), ...words], {
        cwd,
        env: { PATH: `${dirname(path)}:${process.env['PATH']}`, HOME: directory },
      });

    it('installs it into an empty folder, where npx runs it and a program imports it', async () => {
      const folder = await mkdtemp(join(directory, 'empty-'));
      await npm(['install', ...archives], folder);
      expect(await npm(['exec', '--', 'hostdev', 'list', '--root', tree], folder)).toMatch(/^ADDRESS .*\n0000:02:00\.0 /);
      await writeFile(
        join(folder, 'program.mjs'),
        "import { openMachine, readInventory } from 'hostdev/host';\nconsole.log((await readInventory(openMachine(process.argv[2]))).length);\n",
      );
      expect(await run(path, ['program.mjs', tree], { cwd: folder })).toBe('1\n');
    });

    it('installs the command for everybody, and removes it', async () => {
      const prefix = await mkdtemp(join(directory, 'global-'));
      await npm(['install', '-g', '--prefix', prefix, ...archives], directory);
      const env = { PATH: `${dirname(path)}:${prefix}/bin:/usr/bin:/bin` };
      expect(await run('hostdev', ['list', '--root', tree], { env })).toMatch(/^ADDRESS .*\n0000:02:00\.0 /);
      await npm(['uninstall', '-g', '--prefix', prefix, 'hostdev', 'libxml2-wasm'], directory);
      expect(await readdir(join(prefix, 'bin'))).toEqual([]);
    });
  });
}
