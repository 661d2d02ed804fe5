/** The planner without its page: what is given to it, and that it says what the command says. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { meantBy } from '../../src/addressing/meant.ts';
import { formatStep } from '../../src/plan/step.ts';
import { attachFunction } from '../../src/web/planner/model/attach-function.ts';
import { commandTexts } from '../../src/web/planner/model/command-text.ts';
import { givenFile } from '../../src/web/planner/model/definition.ts';
import { bytesOf } from '../../src/web/planner/model/file-bytes.ts';
import { sortFiles } from '../../src/web/planner/model/given-files.ts';
import { lookAt } from '../../src/web/planner/model/look.ts';
import { optionsFor, readPlannerHost, UNKNOWN_HOST } from '../../src/web/planner/model/planner-host.ts';
import { readSchemas } from '../../src/web/planner/model/schemas.ts';
import { createValidator } from '../../src/web/planner/schema/create-validator.ts';
import { treeRows } from '../../src/web/planner/model/tree-rows.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';
import { hostdev } from '../capture.ts';

const EXAMPLES = new URL('../../src/web/planner/examples/', import.meta.url);
const example = (name: string): string => readFileSync(new URL(name, EXAMPLES), 'utf8');
const hostOf = (name: string): ReturnType<typeof readPlannerHost> => readPlannerHost({ name, text: example(name) });

const directory = mkdtempSync(join(tmpdir(), 'hostdev-planner-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** What the planner says of an example, on a host. */
async function lookOf(name: string, host?: string, libvirt?: string): ReturnType<typeof lookAt> {
  return lookAt({ name, text: example(name) }, { host: host === undefined ? UNKNOWN_HOST : await hostOf(host), libvirt });
}

describe('what is given', () => {
  it('is not read where there is more of it than of anything that can be opened: a tab would be busy with nothing else', async () => {
    const unread = async (): Promise<ArrayBuffer> => {
      throw new Error('it was read');
    };
    expect(await bytesOf({ size: 11, arrayBuffer: unread }, 10)).toBeUndefined();
    expect(await bytesOf(new Blob(['<domain/>']), 10)).toEqual(new TextEncoder().encode('<domain/>'));
  });

  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  it.each([
    ['XML is a definition', bytes('<domain/>'), 'definition'],
    ['blanks before it are none of its business', bytes('\n  <domain/>'), 'definition'],
    ['a mark before it neither', bytes('\uFEFF<domain/>'), 'definition'],
    ['UTF-16 is XML, too', Uint8Array.of(0xff, 0xfe, 0x3c, 0, 0x61, 0, 0x2f, 0, 0x3e, 0), 'definition'],
    ['JSON is of a host', bytes('{"format":"hostdev-snapshot"}'), 'host'],
    ['and so is what is neither, which is told when it is read', bytes('root:x:0'), 'host'],
  ])('%s', (_, given, kind) => {
    expect(givenFile('a', given).kind).toBe(kind);
  });

  it('XML in bytes that are no text is refused', () => {
    expect(() => givenFile('a.xml', Uint8Array.of(0x3c, 0x61, 0xff, 0x3e))).toThrow('not valid UTF-8');
  });

  it.each([
    ['an empty text', '', 'not JSON'],
    ['JSON of something else', '{}', 'not a snapshot'],
    ['XML', '<domain/>', 'not JSON'],
  ])('%s is no host', async (_, text, message) => {
    await expect(readPlannerHost({ name: 'host.json', text })).rejects.toThrow(message);
  });
});

describe('what is said', () => {
  const files = ['roce.xml', 'wrong.xml', 'gpu.xml', 'virt.xml', 'spapr.xml'];
  const hosts = [undefined, 'z.json', 'pc.json'];
  const cases = files.flatMap((file) => hosts.flatMap((host) => [undefined, '9.0'].map((libvirt) => ({ file, host, libvirt }))));
  it.each(cases)('of $file on $host for libvirt $libvirt is what expand and args print', async ({ file, host, libvirt }) => {
    const path = join(directory, file);
    writeFileSync(path, example(file));
    const look = await lookAt({ name: path, text: example(file) }, { host: host === undefined ? UNKNOWN_HOST : await hostOf(host), libvirt });
    const options = ['--host', host === undefined ? 'none' : new URL(host, EXAMPLES).pathname, ...(libvirt === undefined ? [] : ['--libvirt', libvirt])];
    for (const form of ['json', 'classic'] as const) {
      for (const { command, out, err } of commandTexts(look, form).filter((text) => text.command !== 'validate')) {
        const printed = await hostdev([command, path, ...options, ...(command === 'args' ? ['--form', form] : [])]);
        expect({ out, err }).toEqual({ out: printed.stdout, err: printed.stderr.replaceAll(/^note: for .*\n/gm, '') });
      }
    }
  });

  it('of a list of functions that another host printed is what the command says with it', async () => {
    const { stdout } = await hostdev(['list', '--json', '--host', new URL('pc.json', EXAMPLES).pathname]);
    expect(stdout).toContain('"command": "list"');
    const list = join(directory, 'list.json');
    const path = join(directory, 'gpu.xml');
    writeFileSync(list, stdout);
    writeFileSync(path, example('gpu.xml'));
    const look = await lookAt({ name: path, text: example('gpu.xml') }, { host: await readPlannerHost({ name: list, text: stdout }) });
    const { stdout: printed } = await hostdev(['validate', path, '--host', list]);
    for (const { message } of look.problems) expect(printed).toContain(message);
    expect(look.expansion.ok && look.expansion.xml).toBe((await hostdev(['expand', path, '--host', list])).stdout);
  });

  it('is for the libvirt of the host, unless another one is asked for', async () => {
    expect((await lookOf('roce.xml', 'z.json')).versions).toMatchObject({ libvirt: '11.3.0', said: true });
    expect((await lookOf('roce.xml', 'z.json', '9.0')).versions).toMatchObject({ libvirt: '9.0.0', said: true });
    expect((await lookOf('roce.xml')).versions).toMatchObject({ said: false });
  });

  it('of a text that is no domain is one problem', async () => {
    const look = await lookAt({ name: 'a.xml', text: '<network/>' }, { host: UNKNOWN_HOST });
    expect(look.problems.map(({ code }) => code)).toEqual(['domain-not-domain']);
    expect([look.expansion.ok, look.topology.ok, look.devices.ok, look.start.length]).toEqual([false, false, false, 0]);
  });
});

describe('the host', () => {
  it('has what libvirt does when the guest starts, and what undoes it', async () => {
    const { start } = await lookOf('gpu.xml', 'pc.json');
    expect(start.map(({ address, steps, undo }) => [address, steps.map(formatStep), undo.map(formatStep)])).toEqual([
      [
        '0000:01:00.0',
        ['libvirt moves 0000:01:00.0 from nouveau to vfio-pci  # libvirt takes it for the guest'],
        ['libvirt moves 0000:01:00.0 from vfio-pci to nouveau  # libvirt gives it back'],
      ],
      [
        '0000:01:00.1',
        ['libvirt moves 0000:01:00.1 from snd_hda_intel to vfio-pci  # libvirt takes it for the guest'],
        ['libvirt moves 0000:01:00.1 from vfio-pci to snd_hda_intel  # libvirt gives it back'],
      ],
    ]);
  });

  it('has the steps of prepare for functions that are not managed', async () => {
    const text = example('gpu.xml').replaceAll("managed='yes'", "managed='no'");
    const { start } = await lookAt({ name: 'a.xml', text }, { host: await hostOf('pc.json') });
    const { stdout } = await hostdev(['prepare', '01:00.0', '01:00.1', '--dry-run', '--host', new URL('pc.json', EXAMPLES).pathname]);
    expect(stdout).toBe(start.flatMap(({ steps }) => steps.map((step) => `${formatStep(step)}\n`)).join(''));
  });

  it('says what speaks against functions, and which it does not have', async () => {
    const { start } = await lookOf('wrong.xml', 'z.json');
    expect(start.map(({ address, judgment, refusals }) => [address, judgment?.verdict, refusals.map(({ code }) => code)])).toEqual([
      ['0021:00:00.0', 'in use', ['function-in-use']],
      ['0022:00:00.0', 'free', []],
      ['0023:00:00.0', undefined, []],
    ]);
  });

  it('gives a function to the definition as attach FILE writes it, with its warnings', async () => {
    const name = join(directory, 'attached.xml');
    writeFileSync(name, example('roce.xml'));
    const host = await hostOf('z.json');
    const look = await lookAt({ name, text: example('roce.xml') }, { host });
    const { text, warnings } = await attachFunction(look, host, parsePciAddress('0021:00:00.0'));
    const { stdout } = await hostdev(['attach', name, '0021:00:00.0', '--dry-run']);
    const added = stdout.split('\n').flatMap((line) => (line.startsWith('+ ') ? line.slice(1) : []));
    expect(added.length).toBeGreaterThan(3);
    expect(text).toContain(added.join('\n'));
    expect(warnings.map(({ code }) => code)).toEqual(['function-in-use']);
  });

  it('that is unknown has no facts', async () => {
    const options = await optionsFor(UNKNOWN_HOST, meantBy(example('gpu.xml'), 'x86_64'), undefined);
    expect(Object.keys(options)).toEqual(['host']);
  });
});

describe('rows of the tree', () => {
  it('know their level, their place among others and which lines go on', async () => {
    const { topology } = await lookOf('spapr.xml');
    if (!topology.ok) throw new Error('it is refused');
    const rows = treeRows(topology.topology);
    const drawn = rows.map(({ level, continues, isLast, name, position, siblings }) => {
      const rails = continues.map((goesOn) => (goesOn ? '│ ' : '  ')).join('');
      return `${rails}${level === 1 ? '' : isLast ? '└ ' : '├ '}${name} ${position}/${siblings}`;
    });
    expect(drawn).toMatchInlineSnapshot(`
      [
        "bus 0 (pci-root) 1/2",
        "├ interface virtio 1/4",
        "├ controller usb 0 (qemu-xhci) 2/4",
        "├ hostdev 0005:01:00.0 3/4",
        "└ memballoon virtio 4/4",
        "bus 1 (pci-root) 2/2",
      ]
    `);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
  });

  it('are those of hostdev topology, in its order', async () => {
    for (const name of ['gpu.xml', 'roce.xml', 'spapr.xml']) {
      const path = join(directory, name);
      writeFileSync(path, example(name));
      const { stdout } = await hostdev(['topology', path, '--host', 'none']);
      const { topology } = await lookOf(name);
      const names = topology.ok ? treeRows(topology.topology).map((row) => row.name) : [];
      const lines = stdout.trimEnd().split('\n').slice(0, -1);
      expect(lines.length).toBe(names.length);
      // Free places are told behind the name here, and within the brackets there.
      for (const [i, line] of lines.entries()) expect(line.replace(/, \d+ free for hot-plug/, '')).toContain(names[i]);
    }
  });
});

describe("libvirt's schemas", () => {
  const rng = (what: string): string =>
    `<grammar xmlns='http://relaxng.org/ns/structure/1.0' datatypeLibrary='http://www.w3.org/2001/XMLSchema-datatypes'>${what}</grammar>`;
  const anything =
    "<define name='anything'><element><anyName/><zeroOrMore><choice><attribute><anyName/></attribute><text/><ref name='anything'/></choice></zeroOrMore></element></define>";
  // A schema of our own, in two files as libvirt's are in many: a domain has a name of small letters.
  const DOMAIN = rng(`<include href='names.rng'/><start><element name='domain'><zeroOrMore><attribute><anyName/></attribute></zeroOrMore>
    <interleave><element name='name'><ref name='smallLetters'/></element><zeroOrMore><element><anyName><except><name>name</name></except></anyName>
    <zeroOrMore><choice><attribute><anyName/></attribute><text/><ref name='anything'/></choice></zeroOrMore></element></zeroOrMore></interleave></element></start>`);
  const NAMES = rng(`${anything}<define name='smallLetters'><data type='string'><param name='pattern'>[a-z0-9]+</param></data></define>`);
  const file = (name: string, text: string): File => new File([text], name);
  const given = (...files: readonly File[]): Parameters<typeof readSchemas>[0] => ({ directory: 'schemas', files });
  const load = async (): Promise<typeof createValidator> => createValidator;
  const definition = (name: string): string => example('roce.xml').replace(/<name>.*<\/name>/, `<name>${name}</name>`);

  it('say at its line what does not match, beside what the rules say; by the words of the command', async () => {
    const schemas = await readSchemas(given(file('domain.rng', DOMAIN), file('names.rng', NAMES)), load);
    const look = async (name: string, more: { schemas?: typeof schemas } = {}): Promise<readonly string[]> =>
      (await lookAt({ name: 'a.xml', text: definition(name) }, { host: UNKNOWN_HOST, ...more })).problems.map(({ code, message }) => `${code} ${message}`);
    const rules = await look('Upper');
    expect(await look('lower', { schemas })).toEqual(rules);
    const found = await look('Upper', { schemas });
    expect(found).toHaveLength(rules.length + 1);
    expect(found).toEqual(expect.arrayContaining([...rules]));
    expect(found.find((each) => !rules.includes(each))).toMatch(/^schema-invalid .*libvirt's schema in schemas/);
  });

  it('are those that were given last', async () => {
    await readSchemas(given(file('domain.rng', DOMAIN), file('names.rng', NAMES)), load);
    const others = NAMES.replace('[a-z0-9]', '[A-Z][a-z0-9]');
    const schemas = await readSchemas(given(file('domain.rng', DOMAIN), file('names.rng', others)), load);
    const { problems } = await lookAt({ name: 'a.xml', text: definition('Upper') }, { host: UNKNOWN_HOST, schemas });
    expect(problems.filter(({ code }) => code === 'schema-invalid')).toEqual([]);
  });

  it('are not asked of what is no definition', async () => {
    const schemas = await readSchemas(given(file('domain.rng', DOMAIN), file('names.rng', NAMES)), load);
    const { problems } = await lookAt({ name: 'a.xml', text: '<network/>' }, { host: UNKNOWN_HOST, schemas });
    expect(problems.map(({ code }) => code)).toEqual(['domain-not-domain']);
  });

  it.each<readonly [string, readonly File[], RegExp]>([
    ['a folder without that of domains', [file('names.rng', NAMES)], /schemas has no domain\.rng/],
    ['one that is no XML', [file('domain.rng', 'no')], /what is in schemas cannot be used/],
    ['one without what it includes', [file('domain.rng', DOMAIN)], /what is in schemas cannot be used/],
  ])('are refused in %s', async (_, files, message) => {
    await expect(readSchemas(given(...files), load)).rejects.toMatchObject({ code: 'schema-missing', message: expect.stringMatching(message) as string });
  });

  it('are refused where the page forbids what they need, which is said', async () => {
    await expect(readSchemas(given(file('domain.rng', DOMAIN)), undefined)).rejects.toThrow('not looked at in this page');
  });

  it('are told from what is to be opened: of a folder nothing else is', () => {
    const found = [
      { file: file('domain.rng', ''), folder: 'schemas' },
      { file: file('README.xml', ''), folder: 'schemas' },
      { file: file('host.json', ''), folder: undefined },
    ];
    const { opened, schemas } = sortFiles(found);
    expect([opened.map(({ name }) => name), schemas?.directory, schemas?.files.map(({ name }) => name)]).toEqual([['host.json'], 'schemas', ['domain.rng']]);
    expect(sortFiles([{ file: file('a.xml', ''), folder: undefined }]).schemas).toBeUndefined();
  });
});
