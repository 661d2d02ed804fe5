/** Which licence is for what, in Debian's machine-readable format 1.0 (DEP-5). */
import type { Licences } from '../licences/read.ts';
import { conditions, type ThirdParty } from '../licences/third-party.ts';

/** Debian's names of licences; others have the same as at SPDX. */
const DEBIAN_NAMES: Readonly<Record<string, string>> = { MIT: 'Expat', 'BSD-3-Clause': 'BSD-3-clause' };

/** The file /usr/share/doc/hostdev/copyright; `program` is where the command is installed. */
export function copyright({ bundled, beside, libxml2 }: Licences, program: string): string {
  const named = nameLicences([...bundled, beside]);
  const inBundle = named.filter(({ of }) => of !== beside);
  const holders = inBundle.map(({ of }) => ` ${of.copyright.join(', ')} (${of.name})`);
  const paragraphs = [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: hostdev',
    'Files: *\nCopyright: the authors of hostdev\nLicense: Apache-2.0',
    [
      `Files: ${program}/cli/*`,
      `Copyright: the authors of hostdev\n${holders.join('\n')}`,
      `License: ${['Apache-2.0', ...new Set(inBundle.map(({ licence }) => licence))].join(' and ')}`,
      'Comment: the command is one bundle, which has code of these packages in it:',
      ...inBundle.map(({ of, licence }) => ` ${of.name} ${of.version}: ${licence}`),
    ].join('\n'),
    `Files: ${program}/node_modules/${beside.name}/*\nCopyright: ${beside.copyright.join(', ')}\nLicense: ${named.find(({ of }) => of === beside)?.licence}`,
    `Files: ${program}/node_modules/${beside.name}/lib/libxml2raw.mjs\nCopyright: Daniel Veillard and others\nLicense: libxml2\n${indented(libxml2)}`,
    'License: Apache-2.0\n On Debian systems the text of the Apache License 2.0 is in\n /usr/share/common-licenses/Apache-2.0.',
    ...new Map(named.map(({ licence, of }) => [licence, `License: ${licence}\n${indented(conditions(of))}`])).values(),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

interface NamedLicence {
  readonly of: ThirdParty;
  readonly licence: string;
}

/** One name stands for one text: who says the same with other words gets a name of its own. */
function nameLicences(packages: readonly ThirdParty[]): NamedLicence[] {
  const texts = new Map<string, string>();
  return packages.map((of) => {
    const usual = DEBIAN_NAMES[of.licence] ?? of.licence;
    const same = (name: string): boolean => {
      const words = conditions(of).split(/\s+/).join(' ');
      if (!texts.has(name)) texts.set(name, words);
      return texts.get(name) === words;
    };
    return { of, licence: same(usual) ? usual : `${usual}-${of.name.replace(/^@/, '').replaceAll('/', '-')}` };
  });
}

/** How a text stands in a field: an empty line would end it. */
function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`))
    .join('\n');
}
