/**
 * Writes what `--persist` of 0.1.0 leaves on two hosts. Run once, with a checkout of 0.1.0 (the last commit before the room
 * `execute/` was made) that has its node_modules:
 *
 *     node write-rules.mjs CHECKOUT DIRECTORY
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HOSTS, withSerials } from './hosts.mjs';

const [, , checkout = '.', directory = '.'] = process.argv;
const from = resolve(checkout);
const scratch = mkdtempSync(join(tmpdir(), 'hostdev-0.1.0-'));

/** Its sources as one module: Node 20 reads no TypeScript. */
const sources = ['testing/fake-kernel', 'app/prepare', 'app/virtual-functions', 'pci/notation'];
writeFileSync(join(scratch, 'entry.mjs'), sources.map((name) => `export * from '${from}/src/${name}.ts';\n`).join(''));
const { build } = await import(pathToFileURL(createRequire(join(from, 'package.json')).resolve('rolldown')).href);
await build({ input: join(scratch, 'entry.mjs'), platform: 'node', output: { file: join(scratch, 'hostdev.mjs') } });
const { createVfs, fakeKernel, parsePciAddress, prepareFunctions, setVf } = await import(pathToFileURL(join(scratch, 'hostdev.mjs')).href);

for (const [name, { functions, files, serials, keep, vfs }] of Object.entries(HOSTS)) {
  const port = fakeKernel(functions, { files, modules: { 'vfio-pci': 'vfio-pci' } });
  const context = { port: withSerials(port, serials), isRoot: true, readPciIds: async () => undefined };
  const options = { dryRun: false, persist: true, stateDirectory: mkdtempSync(join(scratch, 'journal-')) };
  await prepareFunctions(context, keep.map(parsePciAddress), options);
  for (const { pf, count, settings } of vfs) {
    const { virtualFunctions } = await createVfs(context, parsePciAddress(pf), count, options);
    for (const [index, each] of Object.entries(settings)) await setVf(context, parsePciAddress(virtualFunctions[index]), each, options);
  }
  for (const [path, text] of port.files) {
    if (path in files || !path.startsWith('/etc/')) continue;
    mkdirSync(join(directory, name, dirname(path)), { recursive: true });
    writeFileSync(join(directory, name, path), text);
  }
}
