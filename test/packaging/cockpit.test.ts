/** The page as a Cockpit package; Cockpit itself takes it in the laboratory (lab/cockpit.test.ts). */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cockpitManifest } from '../../packaging/cockpit/manifest.ts';
import { METAINFO, METAINFO_FILE } from '../../packaging/cockpit/metainfo.ts';
import { writeCockpitPackage } from '../../packaging/cockpit/package.ts';
import { parseXml } from '../../src/xml/index.ts';
import { describeUnless } from '../skip.ts';

describe('the manifest', () => {
  const manifest = JSON.parse(cockpitManifest('1.2.3')) as Record<string, unknown>;

  it('says which Cockpit it needs, that there has to be PCI, and one entry of the menu', () => {
    expect(manifest).toMatchObject({ version: '1.2.3', requires: { cockpit: '286' }, conditions: [{ 'path-exists': '/sys/bus/pci' }] });
    expect(Object.keys(manifest['menu'] as object)).toEqual(['index']);
  });

  it('leaves the policy as strict as Cockpit has it', () => {
    expect(manifest).not.toHaveProperty('content-security-policy');
  });
});

describe('what software centres read', () => {
  it('is an add-on of Cockpit that is started as this package, in a file named after its id', () => {
    const { root } = parseXml(METAINFO);
    const text = (name: string): string | undefined => new RegExp(`<${name}[^>]*>([^<]*)</${name}>`).exec(METAINFO)?.[1];
    expect(root.name).toBe('component');
    expect(METAINFO_FILE).toBe(`${text('id')}.metainfo.xml`);
    expect([text('extends'), text('launchable'), text('project_license')]).toEqual(['org.cockpit_project.cockpit', 'hostdev', 'Apache-2.0']);
    // AppStream's own limits: no full stop, and not longer than this.
    expect(text('summary')).toMatch(/^[A-Z].{9,89}[^.]$/);
  });
});

describe('the package', () => {
  let directory: string;
  let target: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'hostdev-cockpit-'));
    target = join(directory, 'to');
    mkdirSync(join(directory, 'from/assets'), { recursive: true });
    writeFileSync(join(directory, 'from/index.html'), '<html><head>\n<script type="module" src="./assets/a.js"></script></head></html>');
    writeFileSync(join(directory, 'from/assets/a.js'), 'a()');
    writeFileSync(join(directory, 'from/NOTICES'), 'of others');
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const make = (): Promise<void> => writeCockpitPackage(join(directory, 'from'), target, '1.2.3');

  it("has the page's files, scripts compressed, and Cockpit's script before those of the page", async () => {
    await make();
    expect(readdirSync(target, { recursive: true }).toSorted()).toEqual(['NOTICES', 'assets', 'assets/a.js.gz', 'index.html', 'manifest.json']);
    expect(gunzipSync(readFileSync(join(target, 'assets/a.js.gz'))).toString()).toBe('a()');
    expect(readFileSync(join(target, 'index.html'), 'utf8')).toMatch(/<head>\s*<script src="\.\.\/base1\/cockpit\.js"><\/script>\s*<script type="module"/);
  });

  it('has nothing left of the one before', async () => {
    await make();
    writeFileSync(join(target, 'assets/old.js.gz'), '');
    await make();
    expect(existsSync(join(target, 'assets/old.js.gz'))).toBe(false);
  });

  it('is not made of a page that has no head', async () => {
    writeFileSync(join(directory, 'from/index.html'), '<p>');
    await expect(make()).rejects.toThrow('no head');
  });
});

describeUnless(existsSync('dist/cockpit') ? '' : 'nothing is built here (npm run build)', 'the built package', () => {
  const html = (): string => readFileSync('dist/cockpit/index.html', 'utf8');

  it('keeps the policy of Cockpit: nothing is inline, and nothing comes from elsewhere', () => {
    expect([...html().matchAll(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?:/g)]).toEqual([]);
    const scripts = readdirSync('dist/cockpit/assets').filter((name) => name.endsWith('.js.gz'));
    for (const name of scripts) expect(gunzipSync(readFileSync(join('dist/cockpit/assets', name))).toString(), name).not.toContain('WebAssembly.instantiate');
  });

  it('has every file that its document names', () => {
    const named = [...html().matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(1);
    for (const path of named) expect(existsSync(join('dist/cockpit', `${path}.gz`)), path).toBe(true);
  });
});
