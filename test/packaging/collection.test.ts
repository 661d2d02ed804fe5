/** The Ansible collection: what is packed, what it says of itself, and its examples. Debian's Ansible runs it in the laboratory (lab/soak/ansible.test.ts). */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildCollection, readGalaxy } from '../../packaging/ansible/collection.ts';
import { readOne } from '../../src/wish-files/read-texts.ts';

const EDITION = { version: '1.2.3', date: new Date(1_764_115_200_000) };
const MODULES = ['hostdev_facts', 'hostdev_wish'];

const sourceOf = (module: string): string => readFileSync(`ansible/plugins/modules/${module}.py`, 'utf8');
/** A block of a module: YAML, which Ansible reads as version 1.1. */
function block<T>(module: string, name: 'DOCUMENTATION' | 'EXAMPLES' | 'RETURN'): T {
  const [, text = ''] = new RegExp(`^${name} = r"""\\n([\\s\\S]*?)^"""`, 'm').exec(sourceOf(module)) ?? [];
  return parse(text, { version: '1.1' }) as T;
}

interface Manifest {
  readonly collection_info: unknown;
  readonly file_manifest_file: unknown;
}

interface Option {
  readonly type: string;
  readonly default?: unknown;
}

describe('the collection', () => {
  let file: string;
  let unpacked: string;
  const json = <T>(name: string): T => JSON.parse(readFileSync(join(unpacked, name), 'utf8')) as T;
  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'hostdev-collection-'));
    file = await buildCollection(directory, EDITION);
    unpacked = mkdtempSync(join(tmpdir(), 'hostdev-unpacked-'));
    execFileSync('tar', ['-xzf', file, '-C', unpacked]);
  });

  it('is a file that ansible-galaxy takes by its name, and says of itself what galaxy.yml says, with the version of the command', () => {
    expect(basename(file)).toBe('hostdev-host-1.2.3.tar.gz');
    expect(json<Manifest>('MANIFEST.json').collection_info).toMatchObject({ namespace: 'hostdev', name: 'host', version: '1.2.3', license: ['Apache-2.0'] });
  });

  it('has the version of package.json where it is installed from the repository', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect((await readGalaxy()).version).toBe(version);
  });

  it('lists every file that it has with its checksum, and no other', () => {
    const listed = json<{ files: readonly { name: string; ftype: string; chksum_sha256: string | null }[] }>('FILES.json').files;
    const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(unpacked.length + 1))
      .filter((name) => name !== 'FILES.json' && name !== 'MANIFEST.json');
    expect(
      listed
        .filter(({ ftype }) => ftype === 'file')
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(files.toSorted());
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'meta/runtime.yml', ...MODULES.map((name) => `plugins/modules/${name}.py`)]));
    const sum = (name: string): string =>
      createHash('sha256')
        .update(readFileSync(join(unpacked, name)))
        .digest('hex');
    for (const { name, ftype, chksum_sha256 } of listed) expect(chksum_sha256, name).toBe(ftype === 'file' ? sum(name) : null);
    expect(json<Manifest>('MANIFEST.json').file_manifest_file).toMatchObject({ name: 'FILES.json', chksum_sha256: sum('FILES.json') });
  });

  it('is the same when it is built again', async () => {
    const again = await buildCollection(mkdtempSync(join(tmpdir(), 'hostdev-collection-')), EDITION);
    expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
  });
});

describe.each(MODULES)('the module %s', (module) => {
  it('documents exactly the arguments that it takes, with their types and defaults', () => {
    const { options, module: name } = block<{ options: Record<string, Option>; module: string }>(module, 'DOCUMENTATION');
    expect(name).toBe(module);
    const common = readFileSync('ansible/plugins/module_utils/command.py', 'utf8');
    const taken = [...`${sourceOf(module)}${common}`.matchAll(/(\w+)=dict\(type="(\w+)"(?:, elements="\w+")?(?:, default=([^)]+))?\)/g)];
    const spoken = (value: string): unknown => ({ False: false, True: true })[value] ?? JSON.parse(value);
    const spec = Object.fromEntries(taken.map(([, key = '', type, value]) => [key, { type, ...(value === undefined ? {} : { default: spoken(value) }) }]));
    expect(Object.keys(spec).length).toBeGreaterThan(2);
    expect(
      Object.fromEntries(
        Object.entries(options).map(([key, option]) => [key, { type: option.type, ...('default' in option ? { default: option.default } : {}) }]),
      ),
    ).toEqual(spec);
  });

  it('has examples that name only arguments that there are', () => {
    const { options } = block<{ options: Record<string, Option> }>(module, 'DOCUMENTATION');
    const tasks = block<Record<string, Record<string, unknown> | null>[]>(module, 'EXAMPLES').filter((task) => `hostdev.host.${module}` in task);
    expect(tasks.length).toBeGreaterThan(0);
    for (const task of tasks) expect(Object.keys(options)).toEqual(expect.arrayContaining(Object.keys(task[`hostdev.host.${module}`] ?? {})));
  });
});

describe('wishes in examples of the collection', () => {
  const examples = block<Record<string, { wish?: unknown } | null>[]>('hostdev_wish', 'EXAMPLES').flatMap(
    (task) => task['hostdev.host.hostdev_wish']?.wish ?? [],
  );

  it('are wishes, also when a reader of YAML 1.1 has read them', () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const wish of examples) {
      expect(readOne({ name: 'wish', text: JSON.stringify({ formatVersion: 1, ...(wish as object) }) })).toHaveProperty('guests');
    }
  });
});
