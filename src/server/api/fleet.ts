/** What the page sees of the fleet of its host: parts of lists, and where a definition can run. */
import { PROBLEM } from '../../json/contract/envelope.ts';
import { FLEET_CLAIM } from '../../json/contract/fleet-claims.ts';
import { FLEET_FUNCTION, FLEET_HOST } from '../../json/contract/fleet-hosts.ts';
import { FLEET_PLACEMENT } from '../../json/contract/fleet-placement.ts';
import { time } from '../../json/contract/notation.ts';
import { either, integer, list, type Of, orNull, record, request, type Shape, text, word } from '../../json/contract/shape.ts';

/** At most a hundred of them. */
const pageOf = <T>(item: Shape<T>) =>
  record({
    host: orNull(text('name of this host in the fleet; null on a machine that only looks')),
    store: text('dir:/PATH, or endpoints of an etcd'),
    time,
    items: list(item),
    next: orNull(text('`after` of the next part; null at the end. A part may have few items, or none, and others come all the same')),
    looked: integer('how many hosts, or claims, were looked at for it, those that cannot be read among them'),
    unread: integer('how many records could not be read'),
    problems: list(PROBLEM, 'why, of the first hundred of those'),
  });

export const FLEET_HOSTS = pageOf(FLEET_HOST);
export const FLEET_FUNCTIONS = pageOf(FLEET_FUNCTION);
export const FLEET_CLAIMS = pageOf(FLEET_CLAIM);

/** A definition that is to be placed. */
export const PLACE = either(
  request(
    { verb: word(['place']), text: text('a domain XML, as hostdev fleet place takes it, no more than 1 MiB') },
    { file: text('what it is called: problems have it in their places; guest.xml when it is left out'), from: text('the host that plain addresses are of') },
  ),
  request({ verb: word(['place guest']), guest: text('name, uuid or id of a guest of this host; its definition, or what runs where it has none') }, {}),
);
export type PlaceWish = Of<typeof PLACE>;

/** Which hosts of the fleet can run a definition, the best first; at most a hundred of them. */
export const PLACED = record({
  id: text('the server keeps what it has looked for last'),
  file: text('of the definition: its file, or the guest'),
  ...{ time, hosts: integer('how many hosts were looked at'), fit: integer('how many of them can run it') },
  items: list(FLEET_PLACEMENT),
  next: orNull(text('`after` of the next part; null at the end')),
  problems: list(PROBLEM, 'of what could not be read, the first hundred; and that no host fits'),
});

/** One host as it is now, and what the definition would be there. */
export const PLACED_ON = record({ time, text: text('the definition as it was given'), placement: FLEET_PLACEMENT });
