import { guestTopology, type Topology } from '../../addressing/topology.ts';
import { formatDot, formatMermaid } from '../../addressing/topology/graph.ts';
import { formatSvg } from '../../addressing/topology/svg.ts';
import { formatTopology } from '../../addressing/topology/text.ts';
import { readDomainFile } from '../../app/domain-file.ts';
import { type PlaceFlags, placeOptions } from '../../app/place-options.ts';
import { HostdevError } from '../../errors.ts';
import { type Io, printJson, printProblem } from '../io.ts';
import { machineContext } from '../machine.ts';

interface TopologyFlags extends PlaceFlags {
  readonly format?: string;
  readonly json?: boolean;
  readonly root?: string;
}

const FORMATS: Readonly<Record<string, (topology: Topology) => string>> = { text: formatTopology, dot: formatDot, mermaid: formatMermaid, svg: formatSvg };

export async function topology(io: Io, name: string, flags: TopologyFlags): Promise<number> {
  const wanted = flags.format ?? 'text';
  const format = Object.hasOwn(FORMATS, wanted) ? FORMATS[wanted] : undefined;
  if (format === undefined) {
    throw new HostdevError('usage', `--format is ${Object.keys(FORMATS).join(', ')}, not '${flags.format}'`, { hint: 'leave it out to get text' });
  }
  const file = await readDomainFile(name, io.stdin);
  const result = guestTopology(file.text, await placeOptions(await machineContext(io.machine, { root: flags.root }), file, flags, io.machine.capabilityCaches));
  if (!result.ok) for (const problem of result.problems) printProblem(io, problem);
  if (flags.json === true) printJson(io, result.ok ? result.topology : { file: file.name, ...result });
  else if (result.ok) io.out(format(result.topology));
  return result.ok ? 0 : 1;
}
