import type { Topology } from '../../addressing/topology.ts';
import { formatDot, formatMermaid } from '../../addressing/topology/graph.ts';
import { formatSvg } from '../../addressing/topology/svg.ts';
import { formatTopology } from '../../addressing/topology/text.ts';
import { topologyOf } from '../../app/topology.ts';
import { HostdevError } from '../../errors.ts';
import type { Options } from '../command/table.ts';
import { withDefinitions } from '../definition-source.ts';
import { listLibvirts, noteVersions } from '../libvirt-versions.ts';
import { answerItems } from '../answer.ts';
import { type Io, printProblem } from '../io.ts';
import { tree } from '../../json/items/definitions.ts';
import { machineContext } from '../machine.ts';
import { wordTable } from '../../word-table.ts';

const FORMATS = wordTable<(topology: Topology) => string>({ text: formatTopology, dot: formatDot, mermaid: formatMermaid, svg: formatSvg });

export async function topology(io: Io, name: string, flags: Options<'topology'>): Promise<number> {
  if (flags.libvirt === 'list') return listLibvirts(io, 'topology', flags);
  const wanted = flags.format ?? 'text';
  const format = Object.hasOwn(FORMATS, wanted) ? FORMATS[wanted] : undefined;
  if (format === undefined) {
    throw new HostdevError('usage', `--format is ${Object.keys(FORMATS).join(', ')}, not '${flags.format}'`, { hint: 'leave it out to get text' });
  }
  const context = await machineContext(io.machine, { root: flags.root });
  const { file, result, versions } = await withDefinitions(io, flags, (source) => topologyOf(context, name, source));
  for (const problem of result.problems) printProblem(io, problem);
  noteVersions(io, versions);
  if (flags.json === true) answerItems(io, 'topology', [tree(file, versions, result)]);
  else if (result.ok) io.out(format(result.topology));
  return result.ok ? 0 : 1;
}
