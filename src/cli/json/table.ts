/** The shape of what each command prints with `--json`; `npm run schemas` writes them to schemas/. */
import type { CommandName } from '../command/table.ts';
import { ARGUMENTS, EXPANSION, TREE, TREE_DEFINITIONS, VALIDATED } from '../../json/contract/definitions.ts';
import { envelopeOf, EXIT_STATUS_OF_WISH } from '../../json/contract/envelope.ts';
import { EVENT } from '../../json/contract/events.ts';
import {
  FLEET_CHECKED,
  FLEET_CLAIM,
  FLEET_CLAIM_MADE,
  FLEET_FORGOTTEN,
  FLEET_MAPPING,
  FLEET_MAPPING_REMOVED,
  FLEET_MAPPING_SET,
  FLEET_RELEASED,
} from '../../json/contract/fleet-claims.ts';
import { AGENT_EVENT, FLEET_EVENT, FLEET_FUNCTION, FLEET_HOST, MEMBERSHIP } from '../../json/contract/fleet-hosts.ts';
import { FLEET_MIGRATION } from '../../json/contract/fleet-migration.ts';
import { FLEET_PLACEMENT } from '../../json/contract/fleet-placement.ts';
import { CHECKED, ELEMENT, LISTED, SHOWN } from '../../json/contract/functions.ts';
import { GUEST, GUEST_CHANGE, MIGRATION, PORTS } from '../../json/contract/guests.ts';
import { KEPT, MOVED, RULE_REMOVED, LISTED_SLOT, SLOT_CHANGE, VF_SET, VFS } from '../../json/contract/host-changes.ts';
import { IN_FORCE, PAST, RECOVERY, UNDONE } from '../../json/contract/journal.ts';
import { METRIC } from '../../json/contract/metrics.ts';
import { NOVA, PROXMOX } from '../../json/contract/offers.ts';
import { POOL, POOL_CHANGE, POOL_REMOVAL } from '../../json/contract/pools.ts';
import { REPORTED } from '../../json/contract/report.ts';
import { documentSchema, either, type JsonSchema, type Of, record, type Shape, word } from '../../json/contract/shape.ts';
import { SNAPSHOT } from '../../json/contract/snapshot.ts';
import { WISHED_CHANGE } from '../../json/contract/wishes.ts';
import { WISH_FILE } from '../../wish/schema.ts';
import { KNOWN_LIBVIRT } from '../../json/contract/versions.ts';

/** A command that prints no JSON: completion prints a script, schema prints these, ui serves them. */
type WithoutJson = 'completion' | 'schema' | 'ui';
/** What prints something else than an envelope when it succeeds. */
type OwnDocument = 'agent' | 'fleet list' | 'fleet watch' | 'snapshot' | 'watch';

type JsonCommand = Exclude<CommandName, WithoutJson>;
export type ItemCommand = Exclude<JsonCommand, OwnDocument>;

/** The wish itself has a contract of its own, beside those of commands. */
const EXPORTED_WISH = record({ wish: WISH_FILE });

/** What `items` has, by command. */
const ITEMS = {
  list: LISTED,
  show: SHOWN,
  xml: either(ELEMENT, KNOWN_LIBVIRT),
  attach: either(GUEST_CHANGE, KNOWN_LIBVIRT),
  detach: GUEST_CHANGE,
  guests: GUEST,
  swap: GUEST_CHANGE,
  ports: PORTS,
  'migrate-check': MIGRATION,
  'pool show': POOL,
  'pool create': POOL_CHANGE,
  'pool remove': POOL_REMOVAL,
  expand: either(EXPANSION, KNOWN_LIBVIRT),
  validate: either(VALIDATED, KNOWN_LIBVIRT),
  args: either(ARGUMENTS, KNOWN_LIBVIRT),
  topology: either(TREE, KNOWN_LIBVIRT),
  check: CHECKED,
  prepare: MOVED,
  release: MOVED,
  'vf create': VFS,
  'vf remove': VFS,
  'vf set': VF_SET,
  'slot list': LISTED_SLOT,
  'slot on': SLOT_CHANGE,
  'slot off': SLOT_CHANGE,
  'slot reset': SLOT_CHANGE,
  'slot reconfigure': SLOT_CHANGE,
  persistent: KEPT,
  'persistent remove': RULE_REMOVED,
  apply: WISHED_CHANGE,
  diff: WISHED_CHANGE,
  export: EXPORTED_WISH,
  'export nova': NOVA,
  'export proxmox': PROXMOX,
  metrics: METRIC,
  status: IN_FORCE,
  history: PAST,
  undo: UNDONE,
  recover: RECOVERY,
  'fleet init': MEMBERSHIP,
  'fleet join': MEMBERSHIP,
  'fleet leave': MEMBERSHIP,
  'fleet show': either(FLEET_HOST, FLEET_FUNCTION),
  report: REPORTED,
  'fleet mapping set': FLEET_MAPPING_SET,
  'fleet mapping list': FLEET_MAPPING,
  'fleet mapping show': FLEET_MAPPING,
  'fleet mapping remove': FLEET_MAPPING_REMOVED,
  'fleet claim': FLEET_CLAIM_MADE,
  'fleet release': FLEET_RELEASED,
  'fleet claims': FLEET_CLAIM,
  'fleet place': FLEET_PLACEMENT,
  'fleet migrate-check': FLEET_MIGRATION,
  'fleet check': FLEET_CHECKED,
  'fleet forget': FLEET_FORGOTTEN,
} as const satisfies Record<ItemCommand, Shape<object>>;

export type Item<Name extends ItemCommand> = Of<(typeof ITEMS)[Name]>;

/** Documents of their own, beside the envelope in which such a command is refused. */
const OWN = {
  agent: AGENT_EVENT,
  'fleet list': either(FLEET_HOST, FLEET_FUNCTION),
  'fleet watch': FLEET_EVENT,
  snapshot: SNAPSHOT,
  watch: EVENT,
} as const satisfies Record<OwnDocument, Shape<object>>;

const REFUSAL_ITEM = record({});

/** The schema of a command's JSON. */
export function schemaOf(name: JsonCommand): JsonSchema {
  const id = schemaId(name);
  if (name in OWN) return documentSchema(either(OWN[name as OwnDocument], envelopeOf(word([name]), REFUSAL_ITEM)), id);
  const exitStatus = name === 'apply' || name === 'diff' ? EXIT_STATUS_OF_WISH : undefined;
  return documentSchema(envelopeOf(word([name]), ITEMS[name as ItemCommand] as Shape<object>, exitStatus), id, name === 'topology' ? TREE_DEFINITIONS : {});
}

const NO_COMMAND = 'no command';

/** Words that are no command are refused in an envelope, too. */
function refusalSchema(): JsonSchema {
  return documentSchema(envelopeOf({ schema: { type: 'null' } } as Shape<null>, REFUSAL_ITEM), schemaId(NO_COMMAND));
}

function schemaId(name: string): string {
  return `urn:hostdev:json:1:${schemaFile(name)}`;
}

/** `vf create` is in `vf-create.json`. */
function schemaFile(name: string): string {
  return `${name.replaceAll(' ', '-')}.json`;
}

/** Every command that prints JSON. */
export const JSON_COMMANDS = [...Object.keys(ITEMS), ...Object.keys(OWN)] as readonly JsonCommand[];

/** The files of schemas/. */
export function schemaFiles(): readonly (readonly [file: string, schema: JsonSchema])[] {
  const all = JSON_COMMANDS.map((name): readonly [string, JsonSchema] => [schemaFile(name), schemaOf(name)]);
  return [...all, [schemaFile(NO_COMMAND), refusalSchema()], ['wish.json', documentSchema(WISH_FILE, 'urn:hostdev:wish:1')]];
}
