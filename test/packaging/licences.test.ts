/** Licences of the code of others that we hand out: what is in the built bundle is asked, not what the build says of itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyright } from '../../packaging/debian/copyright.ts';
import { NOTICES } from '../../packaging/licences/plugin.ts';
import { readLicences } from '../../packaging/licences/read.ts';
import { conditions, formatNotices, packagesOf, readThirdParty, type ThirdParty } from '../../packaging/licences/third-party.ts';
import { describeUnless } from '../skip.ts';

/** Packages whose modules stand in built files: the bundler heads each module with its path. */
function packagesIn(directory: string, ending: RegExp): string[] {
  const files = readdirSync(directory).filter((name) => ending.test(name));
  const regions = files.flatMap((name) => [...readFileSync(join(directory, name), 'utf8').matchAll(/^\/\/#region (.+)$/gm)].map(([, path = '']) => path));
  return packagesOf(regions.map((path) => path.replace(/^\\0/, '\0')));
}

/** The paragraphs of a file in Debian's format, by field. */
const paragraphsOf = (text: string): Map<string, string>[] =>
  text
    .split('\n\n')
    .map((one) => new Map(one.split(/\n(?! )/).map((field) => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1).trim()])));

const copyrightFile = async (): Promise<string> => copyright(await readLicences(), { program: 'usr/share/hostdev', cockpit: 'usr/share/cockpit/hostdev' });

/** The packages that a comment names. */
const commentOf = (text: string, files: string): (string | undefined)[] | undefined =>
  paragraphsOf(text)
    .find((each) => each.get('Files') === files)
    ?.get('Comment')
    ?.split('\n')
    .slice(1)
    .map((line) => /^ (\S+) /.exec(line)?.[1]);

describeUnless(existsSync('dist/cli') ? '' : 'nothing is built here (npm run build)', 'the built command', () => {
  const found = packagesIn('dist/cli', /\.cjs$/);

  it('has a licence notice beside it that names every package whose code is in it, with the whole text', async () => {
    const notices = readFileSync(join('dist/cli', NOTICES), 'utf8');
    expect(found).toContain('commander');
    for (const name of found) {
      const { version, text } = await readThirdParty(name);
      expect(notices).toContain(`  ${name} ${version}: `);
      expect(notices).toContain(text);
    }
  });

  it('is in a Debian package whose copyright names each, and no more', async () => {
    expect(commentOf(await copyrightFile(), 'usr/share/hostdev/cli/*')).toEqual(found);
  });

  it('is the only part of the npm package that has code of others in it', () => {
    expect(packagesIn('dist', /\.js$/)).toEqual([]);
  });
});

describeUnless(existsSync('dist/web') ? '' : 'nothing is built here (npm run build)', 'the built page', () => {
  it('has notices beside it, in Cockpit too, whose packages are those that the copyright of the Debian package names', async () => {
    const notices = readFileSync(join('dist/web', NOTICES), 'utf8');
    const named = [...notices.matchAll(/^ {2}(\S+) \S+: \S+$/gm)].map(([, name]) => name);
    expect(named).toEqual(expect.arrayContaining(['react', 'react-dom', '@codemirror/view', 'diff']));
    expect(commentOf(await copyrightFile(), 'usr/share/hostdev/web/* usr/share/cockpit/hostdev/*')).toEqual(named);
    expect(readFileSync(join('dist/cockpit', NOTICES), 'utf8')).toBe(notices);
  });
});

const party = (name: string, licence: string, text: string): ThirdParty => ({ name, version: '1.0.0', licence, copyright: ['2020 Somebody'], text });
const MIT = 'MIT License\n\nCopyright (c) 2020 Somebody\n\nPermission is granted.\n\nAS IS.';

describe('the copyright of a Debian package', () => {
  const packages = [
    party('one', 'MIT', MIT),
    party('two', 'MIT', MIT.replace('is granted', 'is\ngranted').replace('MIT License', '(The MIT License)\n\nParts')),
    party('@my/three', 'MIT', `${MIT} BUT`),
    party('four', 'ISC', 'ISC License\n\nCopyright 2020 Somebody\n\nPermission to use it.'),
  ];
  const page = [party('one', 'MIT', MIT), party('five', 'BSD-3-Clause', 'Copyright 2020 Somebody\n\nRedistribution and use.')];
  const licences = { bundled: packages, page, beside: party('beside', 'MIT', MIT), libxml2: 'Except\n\nwhere\n' };
  const text = copyright(licences, { program: 'usr/p', cockpit: 'usr/c' });
  const paragraphs = paragraphsOf(text);

  it('has one text for the same licence, and another name where the words are others', () => {
    expect(paragraphs.find((each) => each.get('Files') === 'usr/p/cli/*')?.get('License')).toBe('Apache-2.0 and Expat and Expat-my-three and ISC');
    expect(paragraphs.filter((each) => !each.has('Files') && each.has('License')).map((each) => each.get('License')?.split('\n'))).toEqual([
      ['Apache-2.0', ' On Debian systems the text of the Apache License 2.0 is in', ' /usr/share/common-licenses/Apache-2.0.'],
      ['Expat', ' Permission is granted.', ' .', ' AS IS.'],
      ['Expat-my-three', ' Permission is granted.', ' .', ' AS IS. BUT'],
      ['ISC', ' Permission to use it.'],
      ['BSD-3-clause', ' Redistribution and use.'],
    ]);
  });

  it('has the page with what is in it, wherever the page is', () => {
    const files = paragraphs.find((each) => each.get('Files') === 'usr/p/web/* usr/c/*');
    expect(files?.get('License')).toBe('Apache-2.0 and Expat and BSD-3-clause');
    expect(files?.get('Copyright')).toBe('the authors of hostdev\n 2020 Somebody (one)\n 2020 Somebody (five)');
  });

  it('explains every licence that it names, once', () => {
    const named = paragraphs.flatMap((each) => (each.has('Files') ? (each.get('License')?.split('\n')[0]?.split(' and ') ?? []) : []));
    const explained = paragraphs.filter((each) => /\n /.test(each.get('License') ?? '')).map((each) => each.get('License')?.split('\n')[0]);
    expect([...new Set(named)].toSorted()).toEqual(explained.toSorted());
  });

  it('has holders for every package', () => {
    expect(paragraphs.find((each) => each.get('Files') === 'usr/p/cli/*')?.get('Copyright')).toBe(
      'the authors of hostdev\n 2020 Somebody (one)\n 2020 Somebody (two)\n 2020 Somebody (@my/three)\n 2020 Somebody (four)',
    );
  });
});

const APACHE_TEXT = 'Apache License\n\nTERMS AND CONDITIONS\n\n   Copyright {yyyy} {name of copyright owner}';

describe('the licence of a package', () => {
  it('belongs to the innermost package of a path, and to the bundler for its own module', () => {
    expect(packagesOf(['/x/node_modules/a/i.js', '/x/node_modules/a/node_modules/@s/b/i.js', '/x/src/c.ts', '\0rolldown/runtime.js'])).toEqual([
      '@s/b',
      'a',
      'rolldown',
    ]);
  });

  it.each([
    ['no text', { license: 'MIT' }, undefined],
    ['no name', {}, MIT],
    ['no holder', { license: 'MIT' }, 'MIT License\n\nPermission is granted.'],
    ['no holder, where the text is the same for everybody', { license: 'Apache-2.0' }, APACHE_TEXT],
  ])('that has %s stops the build', async (_, manifest, text) => {
    const modules = await mkdtemp(join(tmpdir(), 'hostdev-licence-'));
    await mkdir(join(modules, 'a'));
    await writeFile(join(modules, 'a/package.json'), JSON.stringify({ version: '1.0.0', ...manifest }));
    if (text !== undefined) await writeFile(join(modules, 'a/LICENSE'), text);
    await expect(readThirdParty('a', modules)).rejects.toThrow(
      /has no licence, or no text of it|who has the rights is not where|nobody says who has the rights/,
    );
    await rm(modules, { recursive: true });
  });

  it.each([
    ['Google Inc.', 'Google Inc.'],
    ['Daniel Wirtz <dcode@dcode.io> (https://dcode.io)', 'Daniel Wirtz'],
    [{ name: 'Google Inc.' }, 'Google Inc.'],
  ])('that is the same for everybody belongs to whom the package names: %j', async (author, holder) => {
    const modules = await mkdtemp(join(tmpdir(), 'hostdev-licence-'));
    await mkdir(join(modules, 'a'));
    await writeFile(join(modules, 'a/package.json'), JSON.stringify({ version: '1.0.0', license: 'Apache-2.0', author }));
    await writeFile(join(modules, 'a/LICENSE'), APACHE_TEXT);
    expect(await readThirdParty('a', modules)).toMatchObject({ copyright: [holder], text: APACHE_TEXT });
    await rm(modules, { recursive: true });
  });

  it('that every Debian has is not explained once more', () => {
    const text = copyright(
      {
        bundled: [party('one', 'Apache-2.0', APACHE_TEXT), party('two', 'Apache-2.0', `${APACHE_TEXT}.`)],
        page: [],
        beside: party('beside', 'MIT', MIT),
        libxml2: '',
      },
      { program: 'usr/p', cockpit: 'usr/c' },
    );
    expect(paragraphsOf(text).flatMap((each) => (each.has('Files') ? [] : (each.get('License')?.split('\n')[0] ?? [])))).toEqual(['Apache-2.0', 'Expat']);
  });

  it('is in the notices as it is, and its conditions are what is under title and holders', () => {
    expect(formatNotices([party('one', 'MIT', MIT)])).toContain(`  one 1.0.0: MIT\n\n${'-'.repeat(80)}\none 1.0.0\n\n${MIT}\n`);
    expect(conditions({ text: MIT })).toBe('Permission is granted.\n\nAS IS.');
  });
});
