/** YAML and JSON as a tree with places. YAML is read as version 1.2; what other readers would take for something else is refused. */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node as YamlNode,
  parseAllDocuments,
  type Document,
  type Scalar as YamlScalar,
  visit,
} from 'yaml';
import { HostdevError, type Problem, type SourceLocation } from '../errors.ts';
import type { Entry, Node } from '../wish/tree.ts';
import { otherReading } from '../wish/yaml-readings.ts';

/** A host has some hundred functions; whoever writes more than this writes no wish. */
const MOST_NODES = 50_000;
/** A wish has six levels. */
const MOST_DEEP = 32;

/** A file that was read. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/**
 * The tree of a text, and what of it others would take for something else.
 *
 * @throws {HostdevError} `wish-malformed`, with everything that is wrong.
 */
export function readTree({ name, text }: NamedText): { readonly tree: Node; readonly ambiguous: readonly Problem[] } {
  refuseDeep(name, text);
  const lines = new LineCounter();
  const place = (offset: number): SourceLocation => {
    const { line, col } = lines.linePos(offset);
    return { file: name, line, column: col };
  };
  const found: Finding = { place, problems: [], ambiguous: [], targets: new Map(), nodes: 0 };
  const documents = parse(name, text, lines);
  const [document, second] = documents;
  if (document?.contents === undefined || document.contents === null)
    throw malformed({ file: name, line: 1, column: 1 }, 'there is nothing in the file', 'a wish begins with formatVersion: 1');
  for (const { message, pos } of documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]))
    found.problems.push(problem(place(pos[0]), message.split('\n')[0] ?? message));
  if (second !== undefined) found.problems.push(problem(place(second.range[0]), 'a second document begins here', 'write it into a file of its own'));
  const { explicit, version } = document.directives?.yaml ?? {};
  if (explicit === true && version !== '1.2')
    found.problems.push(problem(place(0), `the file says that it is YAML ${version}`, 'it is read as YAML 1.2; leave the directive out'));
  refuse(found.problems);
  const tree = treeOf(document.contents, { ...found, targets: targetsIn(document) }, 0);
  refuse(found.problems);
  return { tree, ambiguous: found.ambiguous };
}

interface Finding {
  readonly place: (offset: number) => SourceLocation;
  readonly problems: Problem[];
  readonly ambiguous: Problem[];
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<Alias, YamlNode>;
  nodes: number;
}

function parse(name: string, text: string, lineCounter: LineCounter): Document.Parsed[] {
  if (name.endsWith('.json')) requireJson(name, text);
  try {
    const documents = parseAllDocuments(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      // Ours to see: the parser holds each name against all before it, which takes minutes for a file of names.
      uniqueKeys: false,
      lineCounter,
      prettyErrors: false,
      logLevel: 'silent',
    });
    return Array.isArray(documents) ? documents : [];
  } catch (error) {
    throw malformed({ file: name, line: 1, column: 1 }, `it cannot be read: ${(error as Error).message}`);
  }
}

/** JSON is a part of YAML, so that its places are found the same way; what is no JSON has no business in a file that is called so. */
function requireJson(name: string, text: string): void {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const [, offset] = /position (\d+)/.exec((error as Error).message) ?? [];
    throw malformed(placeAt({ name, text }, offset === undefined ? text.length : Number(offset)), `it is no JSON: ${(error as Error).message.split('\n')[0]}`);
  }
}

/** Where an offset is, of a text that nobody has counted the lines of. */
function placeAt({ name, text }: NamedText, offset: number): SourceLocation {
  const before = text.slice(0, offset).split('\n');
  return { file: name, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** A parser that goes down with what it reads must not be led down: brackets inside brackets are counted before. */
function refuseDeep(name: string, text: string): void {
  let deep = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '[' || letter === '{') deep += 1;
    else if (letter === ']' || letter === '}') deep = Math.max(0, deep - 1);
    if (deep > MOST_BRACKETS) throw malformed(placeAt({ name, text }, at), 'brackets are nested too deep');
  }
  // The same without brackets: a list in a list in a list.
  const line = text.split('\n').findIndex((each) => /^\s*(?:[-?:]\s+){40}/.test(each) || /^ {1000}/.test(each));
  if (line !== -1) throw malformed({ file: name, line: line + 1, column: 1 }, 'lists are nested too deep');
}

/** Comments and texts may have some that are not closed. */
const MOST_BRACKETS = 1000;

function treeOf(node: YamlNode, found: Finding, deep: number): Node {
  const at = found.place(node.range?.[0] ?? 0);
  found.nodes += 1;
  // Aliases of aliases grow without bounds.
  if (found.nodes > MOST_NODES) throw malformed(at, `there are more than ${MOST_NODES} values, those of aliases counted`, 'write it without aliases');
  if (deep > MOST_DEEP) throw malformed(at, `it is nested deeper than ${MOST_DEEP} levels`);
  if (isAlias(node)) return aliased(node, at, { found, deep });
  if (isSeq(node)) return { kind: 'list', at, items: node.items.map((each) => treeOf(each as YamlNode, found, deep + 1)) };
  if (isMap(node))
    return {
      kind: 'object',
      at,
      entries: namedOnce(
        node.items.map(({ key, value }) => entryOf(key, value, { found, deep })),
        found,
      ),
    };
  return scalarOf(node as YamlScalar, at, found);
}

interface Level {
  readonly found: Finding;
  readonly deep: number;
}

/** Each alias stands for the last anchor of its name before it; asked one by one, the parser would look through the whole file for each. */
function targetsIn(document: Document.Parsed): ReadonlyMap<Alias, YamlNode> {
  const anchors = new Map<string, YamlNode>();
  const targets = new Map<Alias, YamlNode>();
  visit(document, {
    Alias: (_, alias) => {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
    },
    Value: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function namedOnce(entries: readonly Entry[], { problems }: Finding): readonly Entry[] {
  const names = new Set<string>();
  for (const { name, at } of entries) {
    if (names.has(name)) problems.push(problem(at, `'${name.slice(0, 60)}' is there twice`, 'put what it says into one place'));
    names.add(name);
  }
  return entries;
}

function aliased(alias: Alias, at: SourceLocation, { found, deep }: Level): Node {
  const target = found.targets.get(alias);
  if (target === undefined) throw malformed(at, `there is no anchor &${alias.source}`);
  return treeOf(target, found, deep + 1);
}

function entryOf(key: unknown, value: unknown, { found, deep }: Level): Entry {
  const node = key as YamlNode;
  found.nodes += 1;
  const at = found.place(node?.range?.[0] ?? 0);
  if (!isScalar(node)) throw malformed(at, 'a name is a text, not a list or an object');
  const { source, value: name } = node;
  const text = typeof name === 'string' ? name : (source ?? String(name));
  const empty: Node = { kind: 'scalar', at, value: null, source: '' };
  return { name: text, at, value: value === null || value === undefined ? empty : treeOf(value as YamlNode, found, deep + 1) };
}

function scalarOf(node: YamlScalar, at: SourceLocation, { problems, ambiguous }: Finding): Node {
  const { value, source = '', type, tag } = node;
  const isPlain = type === 'PLAIN';
  if (tag !== undefined && tag !== 'tag:yaml.org,2002:str') problems.push(problem(at, `${tag} is a type of YAML that is not needed here`, 'leave it out'));
  const other = isPlain && tag === undefined ? otherReading(source) : undefined;
  if (other !== undefined) {
    const shown = source.slice(0, 60);
    const boolean = /^(y|yes|on)$/i.test(source) ? ', or true' : /^(n|no|off)$/i.test(source) ? ', or false' : '';
    ambiguous.push({
      code: 'wish-ambiguous',
      severity: 'error',
      subject: shown,
      message: `${shown} without quotes is ${other} to readers of YAML 1.1`,
      hint: `write "${shown}"${boolean}`,
      location: at,
    });
  }
  const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
  return { kind: 'scalar', at, value: known, source };
}

function problem(location: SourceLocation, message: string, hint?: string): Problem {
  return { code: 'wish-malformed', severity: 'error', message, ...(hint === undefined ? {} : { hint }), location };
}

function malformed(location: SourceLocation, message: string, hint?: string): HostdevError {
  return HostdevError.from(problem(location, message, hint));
}

function refuse([first, ...others]: readonly Problem[]): void {
  if (first !== undefined) throw HostdevError.all(first, others);
}
