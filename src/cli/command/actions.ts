/** What each command of the table does: loaded when it runs, and checked against the words and options that the table gives it. */
import type { Io } from '../io.ts';
import type { CommandName, Options, Words } from './table.ts';

/** A command's code: its words, its options; the exit status comes back. */
type Action<Name extends CommandName> = (io: Io, ...given: [...Words<Name>, Options<Name>]) => Promise<number>;

const ACTIONS: { readonly [Name in CommandName]: () => Promise<Action<Name>> } = {
  list: async () => (await import('../commands/list.ts')).list,
  show: async () => (await import('../commands/show.ts')).show,
  xml: async () => (await import('../commands/xml.ts')).xml,
  attach: async () => (await import('../commands/attach.ts')).attach,
  detach: async () => (await import('../commands/detach.ts')).detach,
  guests: async () => (await import('../commands/guests.ts')).guests,
  swap: async () => (await import('../commands/guests.ts')).swap,
  ports: async () => (await import('../commands/guests.ts')).ports,
  'migrate-check': async () => (await import('../commands/guests.ts')).migrateCheck,
  'pool show': async () => (await import('../commands/pool.ts')).show,
  'pool create': async () => (await import('../commands/pool.ts')).create,
  'pool remove': async () => (await import('../commands/pool.ts')).remove,
  watch: async () => (await import('../commands/watch.ts')).watch,
  expand: async () => (await import('../commands/expand.ts')).expand,
  validate: async () => (await import('../commands/validate.ts')).validate,
  args: async () => (await import('../commands/args.ts')).args,
  topology: async () => (await import('../commands/topology.ts')).topology,
  check: async () => (await import('../commands/check.ts')).check,
  prepare: async () => (await import('../commands/prepare.ts')).prepare,
  release: async () => (await import('../commands/prepare.ts')).release,
  'vf create': async () => (await import('../commands/vf.ts')).create,
  'vf remove': async () => (await import('../commands/vf.ts')).remove,
  'vf set': async () => (await import('../commands/vf.ts')).set,
  'slot list': async () => (await import('../commands/slot.ts')).list,
  'slot on': async () => (await import('../commands/slot.ts')).on,
  'slot off': async () => (await import('../commands/slot.ts')).off,
  'slot reset': async () => (await import('../commands/slot.ts')).reset,
  'slot reconfigure': async () => (await import('../commands/slot.ts')).reconfigure,
  persistent: async () => (await import('../commands/persistent.ts')).list,
  'persistent remove': async () => (await import('../commands/persistent.ts')).remove,
  apply: async () => (await import('../commands/apply.ts')).apply,
  diff: async () => (await import('../commands/apply.ts')).diff,
  export: async () => (await import('../commands/export.ts')).exportFile,
  'export nova': async () => (await import('../commands/export-offers.ts')).nova,
  'export proxmox': async () => (await import('../commands/export-offers.ts')).proxmox,
  metrics: async () => (await import('../commands/metrics.ts')).metrics,
  snapshot: async () => (await import('../commands/snapshot.ts')).snapshot,
  status: async () => (await import('../commands/journal.ts')).status,
  history: async () => (await import('../commands/journal.ts')).history,
  undo: async () => (await import('../commands/undo.ts')).undo,
  recover: async () => (await import('../commands/journal.ts')).recover,
  'fleet mapping set': async () => (await import('../commands/fleet-mapping.ts')).set,
  'fleet mapping list': async () => (await import('../commands/fleet-mapping.ts')).list,
  'fleet mapping show': async () => (await import('../commands/fleet-mapping.ts')).show,
  'fleet mapping remove': async () => (await import('../commands/fleet-mapping.ts')).remove,
  'fleet claim': async () => (await import('../commands/fleet-claims.ts')).claim,
  'fleet release': async () => (await import('../commands/fleet-claims.ts')).release,
  'fleet claims': async () => (await import('../commands/fleet-claims.ts')).list,
  'fleet check': async () => (await import('../commands/fleet-check.ts')).check,
  'fleet forget': async () => (await import('../commands/fleet-check.ts')).forget,
  ui: async () => (await import('../commands/ui.ts')).ui,
  report: async () => (await import('../commands/report.ts')).report,
  schema: async () => (await import('../commands/schema.ts')).schema,
  completion: async () => (await import('../commands/completion.ts')).completion,
};

/** A command's code as commander calls it: with the words and options that it made by the same table. */
export async function loadAction(name: CommandName): Promise<(io: Io, ...given: unknown[]) => Promise<number>> {
  return (await ACTIONS[name]()) as unknown as (io: Io, ...given: unknown[]) => Promise<number>;
}
