/** The planner in a browser: opened as a file, held against the command, used by keyboard, looked at by axe. */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSchema } from '../src/app/schema.ts';
import type { Machine } from '../src/cli/machine.ts';
import { bareMachine } from '../test/bare-machine.ts';
import { hostdev } from '../test/capture.ts';
import { fetchCorpus } from '../test/corpus/corpus.ts';
import { readCases } from '../test/corpus/cases.ts';
import { describeUnless } from '../test/skip.ts';
import { openFile, openPlanner, type Printed, printedOf } from './browser/planner-page.ts';
import { accessFaults, openBrowser } from './browser/session.ts';
import { labReason } from './reason.ts';
import { SCOPE } from './scope.ts';

const FILES = ['index.html', 'planner.css', 'planner.js', 'editor.js', 'schema.js'];
const EXAMPLES = new URL('../src/web/planner/examples/', import.meta.url);

describeUnless(await labReason('browser'), 'the planner', () => {
  let browser: Browser;
  let folder: string;
  let url: string;
  beforeAll(async () => {
    // The browser sees the directory of temporary files, and not this one.
    folder = await mkdtemp(join(tmpdir(), 'hostdev-planner-'));
    await cp('build/planner', folder, { recursive: true });
    url = `file://${folder}/index.html`;
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  /** A page of its own, with the addresses that it asked for. */
  async function withPage(act: (page: Page, asked: readonly string[]) => Promise<void>, options: Parameters<Browser['newPage']>[0] = {}): Promise<void> {
    const page = await browser.newPage(options);
    const asked: string[] = [];
    const faults: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) asked.push(request.url());
    });
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    try {
      await act(page, asked);
      expect(faults).toEqual([]);
    } finally {
      await page.close();
    }
  }

  /** Uses everything that could ask for something. */
  async function useAll(page: Page): Promise<void> {
    await page.getByLabel('Example').selectOption('PC: graphics card and its sound');
    for (const tab of await page.getByRole('tab').all()) await tab.click();
    await openFile(page, 'other.xml', await readFile(new URL('wrong.xml', EXAMPLES)));
    await page.getByText('zpci-uid-in-use').first().waitFor();
    await page.getByRole('combobox', { name: 'libvirt', exact: true }).selectOption('9.0');
    await page.getByText('For libvirt 9.0.0 with QEMU 7.2').waitFor();
  }

  it('opens as a file, and asks for nothing but its own files', () =>
    withPage(async (page, asked) => {
      await openPlanner(page, url);
      await useAll(page);
      expect(asked).toEqual(FILES.map((name) => `file://${folder}/${name}`));
    }));

  it('opens from any server of files, and does without it once it is loaded', async () => {
    const server = await serveFolder(folder);
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await withPage(async (page, asked) => {
      await openPlanner(page, `${base}/index.html`);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await useAll(page);
      expect(asked).toEqual(FILES.map((name) => `${base}/${name}`));
    });
  });

  describe('beside the command', () => {
    const before = process.cwd();
    let inputs: readonly string[];
    beforeAll(async () => {
      const root = await fetchCorpus('11.3');
      const all = [...new Set(readCases(root).map(({ input }) => input))];
      const step = all.length / DEFINITIONS;
      inputs = Array.from({ length: DEFINITIONS }, (_, i) => all[Math.floor(i * step)] ?? '');
      // Both name a file as it is named here.
      process.chdir(join(root, dirname(inputs[0] ?? '')));
    });
    afterAll(() => process.chdir(before));

    it(`says the same of ${DEFINITIONS} definitions, byte for byte`, () =>
      withPage(async (page) => {
        await openPlanner(page, url);
        await page.getByRole('button', { name: 'Forget' }).click();
        await page.getByRole('tab', { name: 'As printed' }).click();
        const count = { expanded: 0, refused: 0 };
        for (const name of inputs.map((input) => basename(input))) {
          const shown = await printedOf(page, name, await readFile(name));
          const expanded = await run(['expand', name]);
          expect({ name, ...shown.expand }).toEqual({ name, ...expanded });
          expect({ name, ...shown.validate }).toEqual({ name, ...(await run(['validate', name])) });
          expect({ name, ...shown.args }).toEqual({ name, ...(await run(['args', name])) });
          count[expanded.out === '' ? 'refused' : 'expanded'] += 1;
        }
        expect(count.expanded).toBeGreaterThan(DEFINITIONS / 2);
        expect(count.refused).toBeGreaterThan(0);
      }));

    it("says the same by a libvirt's schemas, of what is older than the definitions, too", () =>
      withPage(async (page) => {
        const { folder, machine, end } = await givenSchemas('9.0');
        await openPlanner(page, url);
        await page.getByRole('button', { name: 'Forget' }).click();
        await page.getByRole('tab', { name: 'As printed' }).click();
        await page.getByLabel('Folder of libvirt’s schemas').setInputFiles(folder);
        await page.getByText('schemas', { exact: true }).waitFor();
        let refused = 0;
        for (const name of inputs.map((input) => basename(input))) {
          const { validate } = await printedOf(page, name, await readFile(name));
          const { stdout, stderr } = await hostdev(['validate', name, '--host', 'none'], '', machine);
          const said = { out: stdout.replaceAll(folder, 'schemas'), err: stderr.replaceAll(/^note: for .*\n/gm, '') };
          expect({ name, ...validate }).toEqual({ name, ...said });
          if (said.out.includes("libvirt's schema in schemas")) refused += 1;
        }
        expect(refused).toBeGreaterThan(DEFINITIONS / 20);
        await end();
      }));

    it('says the same for another libvirt and on a host that is known', () =>
      withPage(async (page) => {
        await openPlanner(page, url);
        const host = new URL('pc.json', EXAMPLES).pathname;
        await openFile(page, 'pc.json', await readFile(host));
        await page.getByRole('combobox', { name: 'libvirt', exact: true }).selectOption('9.0');
        await page.getByRole('tab', { name: 'As printed' }).click();
        for (const name of inputs.filter((input) => input.includes('hostdev')).map((input) => basename(input))) {
          const shown = await printedOf(page, name, await readFile(name));
          const options = ['--libvirt', '9.0', '--host', host];
          expect({ name, ...shown.expand }).toEqual({ name, ...(await run(['expand', name, ...options])) });
          expect({ name, ...shown.validate }).toEqual({ name, ...(await run(['validate', name, ...options])) });
        }
      }));
  });

  describe('for everybody', () => {
    const views = (['light', 'dark'] as const).flatMap((colorScheme) => [320, 768, 1440].map((width) => ({ colorScheme, width })));
    it.each(views)('axe finds nothing in $colorScheme at $width pixels, and nothing is wider than the window', ({ colorScheme, width }) =>
      withPage(
        async (page) => {
          await openPlanner(page, url);
          for (const tab of await page.getByRole('tab').all()) {
            await tab.click();
            // It takes its time, and what a tab has is of the same colours at every width.
            if (width === 768) expect(await accessFaults(page)).toEqual([]);
            expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
          }
          await page.getByLabel('Example').selectOption('IBM Z: what is wrong here?');
          await page.getByText('zpci-uid-in-use').first().waitFor();
          expect(await accessFaults(page)).toEqual([]);
        },
        { colorScheme, viewport: { width, height: 900 } },
      ),
    );

    it('by keyboard alone: an example is chosen, a problem found at its line and mended, the tree walked', () =>
      withPage(async (page) => {
        await openPlanner(page, url);
        const { keyboard } = page;
        const tabTo = async (name: string): Promise<void> => {
          for (let i = 0; i < 60; i += 1) {
            await keyboard.press('Tab');
            if ((await focused(page)).includes(name)) return;
          }
          throw new Error(`Tab never comes to ${name}, but to ${await focused(page)}`);
        };
        await tabTo('Example');
        // Typing chooses in a list.
        await keyboard.type('IBM Z: what');
        await page.getByRole('heading', { name: '1 error, 2 warnings' }).waitFor();
        // Tab leaves the editor, and is not kept by it.
        await tabTo('Domain XML');
        await tabTo('line 8, column 5');
        await keyboard.press('ArrowDown');
        await keyboard.press('Enter');
        expect(await focused(page)).toBe('Domain XML');
        // Two lines from the place of the problem is the uid; its last digit is behind `<zpci uid='0x002`.
        await keyboard.press('ArrowDown');
        await keyboard.press('Home');
        for (let i = 0; i < "<zpci uid='0x002".length; i += 1) await keyboard.press('ArrowRight');
        await keyboard.press('Delete');
        await keyboard.type('2');
        await page.getByRole('heading', { name: '2 warnings' }).waitFor();
        await tabTo('Addresses');
        await keyboard.press('ArrowRight');
        const tree = page.getByRole('treegrid');
        await tree.waitFor();
        await tabTo('bus 0');
        const rows = await tree.getByRole('row').count();
        await keyboard.press('ArrowLeft');
        expect(await tree.getByRole('row').count()).toBe(2);
        await keyboard.press('ArrowRight');
        expect(await tree.getByRole('row').count()).toBe(rows);
        await keyboard.press('End');
        expect(await focused(page)).toContain('0023:00:00.0');
      }));
  });

  it('plans a wish on a snapshot, says what the command says of it, and what is wrong at its line', () =>
    withPage(async (page) => {
      await openPlanner(page, url);
      await page.getByLabel('Example').selectOption('IBM Z: a wish');
      const editor = page.getByRole('textbox', { name: 'Wish' });
      await editor.waitFor();
      await page.getByRole('region', { name: 'slot off 0x00000052: configured → on standby' }).getByText('/sys/bus/pci/slots/00000052/power').first().waitFor();
      await page.getByText('linux1 has fid=0x00000060: planned once the libvirt of that host is asked').waitFor();
      for (const tab of await page.getByRole('tab').all()) {
        await tab.click();
        expect(await accessFaults(page)).toEqual([]);
      }
      const host = new URL('z.json', EXAMPLES).pathname;
      const name = new URL('wish-z.yaml', EXAMPLES).pathname;
      for (const [command, ...options] of [['diff'], ['apply', '--dry-run']]) {
        const { stdout } = await hostdev([command ?? '', '-f', name, '--host', host, ...options]);
        expect(await page.locator(`[data-command="${command}"] .out`).textContent()).toBe(stdout);
      }
      await openFile(page, 'unquoted.yaml', Buffer.from('formatVersion: 1\nfunctions:\n  - function: 0030:00:00.0\n'));
      await page.getByRole('heading', { name: '1 error' }).waitFor();
      await page.getByRole('button', { name: 'line 3, column 15' }).first().click();
      expect(await focused(page)).toBe('Wish');
      // What is pasted over it is told from it by what it is.
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.insertText(await readFile(new URL('roce.xml', EXAMPLES), 'utf8'));
      await page.getByRole('textbox', { name: 'Domain XML' }).waitFor();
      await page.getByRole('tab', { name: 'Addresses' }).waitFor();
    }));

  it('keeps what is looked at over a reload', () =>
    withPage(async (page) => {
      await openPlanner(page, url);
      await openFile(page, 'mine.xml', await readFile(new URL('gpu.xml', EXAMPLES)));
      await page.getByRole('heading', { name: 'mine.xml' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'mine.xml' }).waitFor();
    }));

  it('keeps the line ends of a definition, of what is typed into it, too', () =>
    withPage(async (page) => {
      await openPlanner(page, url);
      await page.getByRole('tab', { name: 'As printed' }).click();
      const text = (await readFile(new URL('spapr.xml', EXAMPLES), 'utf8')).replaceAll('\n', '\r\n');
      const { expand } = await printedOf(page, 'lines.xml', Buffer.from(text));
      expect(expand.out.split('\r\n').length).toBe(expand.out.split('\n').length);
      await page.getByRole('textbox', { name: 'Domain XML' }).focus();
      await page.keyboard.press('ControlOrMeta+Home');
      await page.keyboard.type('<!-- mine -->\n');
      // Each letter is looked at by itself, the end of the line last.
      await expect.poll(() => page.locator('[data-command="expand"] .out').textContent(), { timeout: 20_000 }).toBe(`<!-- mine -->\r\n${expand.out}`);
    }));

  it('takes files that are dropped on it, a definition and a host at once', () =>
    withPage(async (page) => {
      await openPlanner(page, url);
      const [xml, json] = [await readFile(new URL('gpu.xml', EXAMPLES), 'utf8'), await readFile(new URL('pc.json', EXAMPLES), 'utf8')];
      const transfer = await page.evaluateHandle(
        `(() => { const all = new DataTransfer(); for (const [name, text] of ${JSON.stringify([
          ['dropped.xml', xml],
          ['dropped.json', json],
        ])}) all.items.add(new File([text], name)); return all; })()`,
      );
      await page.dispatchEvent('.planner', 'drop', { dataTransfer: transfer });
      await page.getByRole('heading', { name: 'dropped.xml' }).waitFor();
      await page.getByRole('tab', { name: 'Host' }).click();
      await page.getByRole('heading', { name: 'Functions of dropped.json' }).waitFor();
    }));

  it('opens what is dropped on its editor, and writes nothing of it into the definition', () =>
    withPage(async (page) => {
      await openPlanner(page, url);
      const json = await readFile(new URL('pc.json', EXAMPLES), 'utf8');
      const transfer = await page.evaluateHandle(
        `(() => { const all = new DataTransfer(); all.items.add(new File([${JSON.stringify(json)}], 'dropped.json')); return all; })()`,
      );
      const editor = page.getByRole('textbox', { name: 'Domain XML' });
      const before = await editor.textContent();
      await editor.dispatchEvent('drop', { dataTransfer: transfer });
      await page.getByRole('tab', { name: 'Host' }).click();
      await page.getByRole('heading', { name: 'Functions of dropped.json' }).waitFor();
      expect(await editor.textContent()).toBe(before);
    }));

  it("asks libvirt's schemas once their folder is given, and says what the command says with them", () =>
    withPage(async (page, asked) => {
      const { folder, end } = await givenSchemas('11.3');
      await openPlanner(page, url);
      const { length } = asked;
      await page.getByRole('button', { name: 'Forget' }).click();
      await page.getByRole('tab', { name: 'As printed' }).click();
      await page.getByLabel('Folder of libvirt’s schemas').setInputFiles(folder);
      await page.getByText('schemas', { exact: true }).waitFor();
      const text = (await readFile(new URL('virt.xml', EXAMPLES), 'utf8')).replace('<devices>', '<devices><hostdev mode="capabilities" type="nothing"/>');
      const { validate } = await printedOf(page, 'wrong.xml', Buffer.from(text));
      const [problem] = await checkSchema(text, 'wrong.xml', { directories: [folder], version: undefined, libvirt: 12_000_000 });
      expect(problem?.code).toBe('schema-invalid');
      expect(validate.out).toContain(problem?.message.replace(folder, 'schemas'));
      await end();
      // What looks at them was there already.
      expect(asked).toHaveLength(length);
      await page.getByRole('button', { name: 'Forget' }).click();
      await page.getByText('does not match').waitFor({ state: 'detached' });
    }));

  it('says what is wrong with a host that is pasted, and takes the next one', () =>
    withPage(async (page) => {
      await openPlanner(page, url);
      const paste = async (text: string): Promise<void> => {
        await page.getByRole('button', { name: 'Paste…' }).click();
        await page.getByRole('textbox', { name: 'hostdev snapshot' }).fill(text);
        await page.getByRole('button', { name: 'Use this host' }).click();
      };
      await paste('{}');
      await page.getByRole('status').getByText('pasted.json: not a snapshot of a host').waitFor();
      await paste(await readFile(new URL('z.json', EXAMPLES), 'utf8'));
      await page.getByText('pasted.json: not a snapshot of a host').waitFor({ state: 'detached' });
      await page.getByText('For libvirt 11.3.0').waitFor();
    }));

  it('has a plain field where its editor cannot be had', async () => {
    const page = await browser.newPage();
    await page.route('**/editor.js', (route) => route.abort());
    await page.goto(url);
    const field = page.getByRole('textbox', { name: 'Domain XML' });
    await field.fill("<domain type='kvm'><name>a</name><os><type arch='s390x'>hvm</type></os><devices><hostdev/></devices></domain>");
    await page.getByRole('heading', { name: '1 error' }).waitFor();
    expect(await field.evaluate('document.querySelector("textarea") !== null')).toBe(true);
    await page.close();
  });

  it('puts a function of the host into the definition, and says what the host loses', () =>
    withPage(async (page) => {
      await openPlanner(page, url);
      await page.getByRole('tab', { name: 'Host' }).click();
      await page.getByRole('button', { name: 'Add 0021:00:00.0 to the definition' }).click();
      await page.getByRole('heading', { name: '1 warning' }).waitFor();
      await page.getByRole('region', { name: '0021:00:00.0' }).getByText('libvirt moves 0021:00:00.0 from mlx5_core to vfio-pci').waitFor();
      expect(await page.getByRole('status').getByText('0021:00:00.0 is in use: ens81 → default route').count()).toBe(1);
    }));
});

const DEFINITIONS = SCOPE === 'all' ? 200 : 60;

/** libvirt's schemas where the browser sees them, which is the directory of temporary files; and a machine whose command has the same. */
async function givenSchemas(
  version: Parameters<typeof fetchCorpus>[0],
): Promise<{ readonly folder: string; readonly machine: Machine; readonly end: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'hostdev-schemas-'));
  const folder = join(directory, 'schemas');
  await cp(join(await fetchCorpus(version), 'src/conf/schemas'), folder, { recursive: true });
  return {
    folder,
    machine: { ...bareMachine([]), schemas: [folder], schemasAreInstalled: false },
    end: () => rm(directory, { recursive: true }),
  };
}

/** What a command prints of a definition, but for what only it says: that there are no schemas, and for which libvirt it speaks. */
async function run(words: readonly string[]): Promise<Printed> {
  const { stdout, stderr } = await hostdev(words.includes('--host') ? words : [...words, '--host', 'none']);
  const err = stderr.replaceAll(/^note: for .*\n/gm, '');
  const without = stdout.replace(/^.*\[schema-missing\]\n.*\n/m, '');
  if (without === stdout) return { out: stdout, err };
  const [last = ''] = without.split('\n').slice(-2);
  return { out: `${without.slice(0, -last.length - 1)}${withoutOneWarning(last)}\n`, err };
}

/** `FILE: no errors, 2 warnings` → `FILE: no errors, 1 warning` */
function withoutOneWarning(summary: string): string {
  return summary.replace(/no errors, (\d+) warnings?$/, (_, count: string) =>
    count === '1' ? 'nothing wrong found' : `no errors, ${count === '2' ? '1 warning' : `${Number(count) - 1} warnings`}`,
  );
}

/** What has the focus, in words; within the editor's shadow root, too. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    const label = element?.getAttribute('aria-label') ?? element?.querySelector('[aria-label]')?.getAttribute('aria-label');
    return label ?? (element?.closest('label') ?? element)?.textContent ?? '';
  })()`);
}

async function serveFolder(folder: string): Promise<Server> {
  const types: Readonly<Record<string, string>> = { html: 'text/html', css: 'text/css', js: 'text/javascript' };
  const server = createServer((request, response) => {
    const name = FILES.find((each) => request.url === `/${each}`);
    if (name === undefined) response.writeHead(404).end();
    else
      void readFile(join(folder, name)).then((bytes) =>
        response.writeHead(200, { 'content-type': types[name.slice(name.lastIndexOf('.') + 1)] ?? '' }).end(bytes),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
