/** What the planner knows, and what changes it. */
import { useEffect, useRef, useState } from 'react';
import { HostdevError, type Problem } from '../../../errors.ts';
import { parsePciAddress } from '../../../pci/notation.ts';
import { attachFunction } from './attach-function.ts';
import { editedText, givenFile, isWish, type NamedText } from './definition.ts';
import { EXAMPLES } from './examples.ts';
import { bytesOf } from './file-bytes.ts';
import { type FoundFile, sortFiles } from './given-files.ts';
import { keep, type Kept, readKept } from './kept.ts';
import { type Look, lookAt } from './look.ts';
import { type PlannerHost, readPlannerHost, UNKNOWN_HOST } from './planner-host.ts';
import { type LoadValidator, readSchemas, type Schemas } from './schemas.ts';
import { lookAtWish, type WishLook } from './wish-look.ts';

export interface PlannerState {
  /** What is in the editor: a definition, or a wish. */
  readonly definition: NamedText;
  readonly host: PlannerHost;
  readonly libvirt: string | undefined;
  /** undefined until the first has been made, and of a wish. */
  readonly look: Look | undefined;
  /** undefined until the first has been made, and of a definition. */
  readonly wish: WishLook | undefined;
  /** What is to be said of the last thing that was asked for. */
  readonly told: readonly Problem[];
  readonly edit: (text: string) => void;
  readonly schemas: Schemas | undefined;
  /** Files as they were dropped or chosen; what else is to be opened is opened, a folder's schemas are asked from then on. */
  readonly open: (files: readonly FoundFile[] | Promise<readonly FoundFile[]>) => Promise<void>;
  readonly forgetSchemas: () => void;
  readonly giveHost: (host: NamedText | undefined) => void;
  readonly showExample: (name: string) => void;
  readonly chooseLibvirt: (libvirt: string | undefined) => void;
  readonly attach: (address: string) => Promise<void>;
}

/** Who types is not interrupted at every key. */
const PAUSE_MS = 120;

/** A snapshot of a thousand functions has some MB. */
const MOST_BYTES = 256 * 1024 * 1024;

const BEGIN: Kept = { definition: EXAMPLES[0]?.definition, host: EXAMPLES[0]?.host, libvirt: undefined };

export function usePlanner(load: LoadValidator): PlannerState {
  const [{ definition = EMPTY, host: hostText, libvirt }, set] = useState<Kept>(() => ({ ...BEGIN, ...readKept() }));
  const [host, setHost] = useState(UNKNOWN_HOST);
  const [look, setLook] = useState<Look>();
  const [wish, setWish] = useState<WishLook>();
  const [told, setTold] = useState<readonly Problem[]>([]);
  // Not kept over a reload: they are larger than a browser keeps.
  const [schemas, setSchemas] = useState<Schemas>();
  useEffect(() => keep({ definition, host: hostText, libvirt }), [definition, hostText, libvirt]);
  useEffect(
    () =>
      latest(async (isLatest) => {
        const found = hostText === undefined ? UNKNOWN_HOST : await readPlannerHost(hostText).catch(problemOf);
        if (!isLatest()) return;
        if ('code' in found) setTold([found]);
        setHost('code' in found ? UNKNOWN_HOST : found);
      }),
    [hostText],
  );
  const looked = useRef<NamedText>(undefined);
  useEffect(
    () =>
      latest(async (isLatest) => {
        // What is typed waits a little; what is opened does not.
        if (looked.current?.name === definition.name && looked.current.text !== definition.text) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        if (!isLatest()) return;
        const looks = isWish(definition) ? lookAtWish(definition, host) : lookAt(definition, { host, libvirt, schemas });
        const found = await looks.catch(problemOf);
        if (!isLatest()) return;
        looked.current = definition;
        if ('code' in found) setTold([found]);
        setLook('definition' in found ? found : undefined);
        setWish('wish' in found ? found : undefined);
      }),
    [definition, host, libvirt, schemas],
  );
  const change = (changed: Partial<Kept>): void => {
    setTold([]);
    set((before) => ({ ...before, ...changed }));
  };
  return {
    ...{ definition, host, libvirt, look, wish, told, schemas },
    edit: (text) => change({ definition: editedText(definition, withLineEndsOf(definition.text, text)) }),
    open: async (files) => {
      try {
        const given = sortFiles(await files);
        for (const file of given.opened) {
          const bytes = await bytesOf(file, MOST_BYTES);
          if (bytes === undefined) throw tooLarge(file.name);
          const { kind, ...named } = givenFile(file.name, bytes);
          change({ [kind]: named });
        }
        if (given.schemas === undefined) return;
        setTold([]);
        setSchemas(await readSchemas(given.schemas, load));
      } catch (error) {
        setTold([problemOf(error)]);
      }
    },
    forgetSchemas: () => setSchemas(undefined),
    giveHost: (given) => change({ host: given }),
    showExample: (name) => {
      const found = EXAMPLES.find((example) => example.name === name);
      if (found !== undefined) change({ definition: found.definition, host: found.host });
    },
    chooseLibvirt: (chosen) => change({ libvirt: chosen }),
    attach: async (address) => {
      if (look === undefined) return;
      try {
        const { text, warnings } = await attachFunction(look, host, parsePciAddress(address));
        change({ definition: { ...definition, text } });
        setTold(warnings);
      } catch (error) {
        setTold([problemOf(error)]);
      }
    },
  };
}

const EMPTY: NamedText = { name: 'guest.xml', text: '' };

/** Does something that takes its time; once it is not wanted any more, `isLatest` says so. */
function latest(act: (isLatest: () => boolean) => Promise<void>): () => void {
  let isWanted = true;
  void act(() => isWanted);
  return () => {
    isWanted = false;
  };
}

function tooLarge(name: string): HostdevError {
  const hint = 'open a definition, a wish, or what hostdev snapshot has printed';
  return new HostdevError('file-too-large', `${name} has more than 256 MiB, which nothing has that can be opened here`, { subject: name, hint });
}

/** A file that the browser cannot read, a folder too, comes as an error of its own; anything else is a bug, which is told as the command tells it. */
function problemOf(error: unknown): Problem {
  if (error instanceof HostdevError) return error.toProblem();
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DOMException) return { code: 'file-unreadable', severity: 'error', message, hint: 'open a file, not a folder, that this user may read' };
  return { code: 'internal', severity: 'error', message, hint: 'please report it' };
}

/** The editor has one kind of line end; what is saved keeps its own. */
function withLineEndsOf(before: string, text: string): string {
  return before.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text;
}
