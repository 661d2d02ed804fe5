/** Reading modprobe's configuration. */
import { effectiveFiles, MODPROBE_DIRECTORIES, type ModprobeLine, parseModprobe } from '../state/modprobe-config.ts';
import { type HostReader, readText } from './port.ts';

const FILE_LIMIT = 256 * 1024;

/** The lines that count, in modprobe's order. */
export async function readModprobeConfig(port: HostReader): Promise<ModprobeLine[]> {
  const names = new Map<string, readonly string[]>();
  for (const directory of MODPROBE_DIRECTORIES) names.set(directory, (await port.list(directory)) ?? []);
  const lines: ModprobeLine[] = [];
  for (const file of effectiveFiles(names)) lines.push(...parseModprobe(file, (await readText(port, file, FILE_LIMIT)) ?? ''));
  return lines;
}
