/** Which licence is for what, in Debian's machine-readable format 1.0 (DEP-5). */
import type { Licences } from '../licences/read.ts';
import { APACHE, conditions, type ThirdParty } from '../licences/third-party.ts';

/** Debian's names of licences; others have the same as at SPDX. */
const DEBIAN_NAMES: Readonly<Record<string, string>> = { MIT: 'Expat', 'BSD-3-Clause': 'BSD-3-clause' };

/** Where what is in the package has code of others in it. */
interface Places {
  /** Where the command is installed. */
  readonly program: string;
  /** The page again, as a package of Cockpit. */
  readonly cockpit: string;
}

/** The file /usr/share/doc/hostdev/copyright. */
export function copyright({ bundled, page, beside, libxml2 }: Licences, { program, cockpit }: Places): string {
  const named = nameLicences([...bundled, ...page, beside]);
  const of = (packages: readonly ThirdParty[]): NamedLicence[] => named.filter((each) => packages.includes(each.of));
  const paragraphs = [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: hostdev',
    'Files: *\nCopyright: the authors of hostdev\nLicense: Apache-2.0',
    ofBundle(`${program}/cli/*`, 'the command', of(bundled)),
    ofBundle(`${program}/web/* ${cockpit}/*`, 'the page', of(page)),
    `Files: ${program}/node_modules/${beside.name}/*\nCopyright: ${beside.copyright.join(', ')}\nLicense: ${named.find((each) => each.of === beside)?.licence}`,
    `Files: ${program}/node_modules/${beside.name}/lib/libxml2raw.mjs\nCopyright: Daniel Veillard and others\nLicense: libxml2\n${indented(libxml2)}`,
    'License: Apache-2.0\n On Debian systems the text of the Apache License 2.0 is in\n /usr/share/common-licenses/Apache-2.0.',
    // Above, as Debian has it on every machine.
    ...new Map(
      named.filter(({ licence }) => licence !== APACHE).map((each) => [each.licence, `License: ${each.licence}\n${indented(conditions(each.of))}`]),
    ).values(),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

/** The paragraph of files that have code of packages in them. */
function ofBundle(files: string, what: string, packages: readonly NamedLicence[]): string {
  return [
    `Files: ${files}`,
    'Copyright: the authors of hostdev',
    ...packages.map(({ of }) => ` ${of.copyright.join(', ')} (${of.name})`),
    `License: ${['Apache-2.0', ...new Set(packages.map(({ licence }) => licence))].join(' and ')}`,
    `Comment: ${what} is one bundle, which has code of these packages in it:`,
    ...packages.map(({ of, licence }) => ` ${of.name} ${of.version}: ${licence}`),
  ].join('\n');
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
    if (usual === APACHE) return { of, licence: usual };
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
