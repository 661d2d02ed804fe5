/** Functions that two guests of one run have. */
import { byPlace } from '../problems.ts';
import { readDomain } from '../../domain/domain.ts';
import { readHostdevs } from '../../domain/hostdev.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { locationIn } from '../../xml/position.ts';

/** A definition with what is wrong with it. */
interface JudgedDefinition {
  readonly file: string;
  readonly text: string;
  readonly problems: readonly Problem[];
}

/** The same, with a remark at each function that another guest of the run has too. */
export function noteShared<D extends JudgedDefinition>(all: readonly D[]): D[] {
  const claims = all.map(({ file, text }) => claimsOf(text, file));
  return all.map((one, i) => {
    const shared = (claims[i] ?? []).flatMap(({ name, location, guest }): Problem[] => {
      const others = all.filter((_, j) => claims[j]?.some((claim) => claim.name === name && !isSameGuest(claim.guest, guest))).map(({ file }) => file);
      if (others.length === 0) return [];
      return [
        {
          code: 'hostdev-shared',
          severity: 'warning',
          subject: name,
          message: `${name} is in ${[...new Set(others)].join(', ')} too: only one of these guests can run at a time`,
          hint: 'that is right for guests that take turns; otherwise give each a function of its own',
          location,
        },
      ];
    });
    return shared.length === 0 ? one : { ...one, problems: [...one.problems, ...shared].sort(byPlace) };
  });
}

interface Claim {
  readonly name: string;
  readonly guest: Identity;
  readonly location: NonNullable<Problem['location']>;
}

/** What tells one guest from another: its uuid, else its name, else its file. */
interface Identity {
  readonly uuid: string | undefined;
  readonly name: string | undefined;
  readonly file: string;
}

function isSameGuest(a: Identity, b: Identity): boolean {
  if (a.file === b.file) return true;
  if (a.uuid !== undefined && b.uuid !== undefined) return a.uuid === b.uuid;
  return a.name !== undefined && a.name === b.name;
}

/** Functions that a definition names; one that cannot be read names none. */
function claimsOf(text: string, file: string): Claim[] {
  try {
    const domain = readDomain(text, { file });
    const guest = { uuid: domain.uuid, name: domain.name, file };
    return readHostdevs(domain).flatMap(({ source, element }) =>
      source === undefined ? [] : [{ guest, name: formatPciAddress(source), location: locationIn(domain.document, element.start, file) }],
    );
  } catch (error) {
    if (error instanceof HostdevError) return [];
    throw error;
  }
}
