/** Files as a browser gives them: of a field, or dropped, a folder too. */
import type { FoundFile } from './given-files.ts';

/** libvirt's folder has 30 files; whoever drops all of a disk does not wait for it. */
const MOST = 500;

/** Files of a field; of a field for a folder, each has its path in it. */
export function chosenFiles(files: Iterable<File>): readonly FoundFile[] {
  return [...files].map((file) => ({ file, folder: file.webkitRelativePath.includes('/') ? file.webkitRelativePath.split('/')[0] : undefined }));
}

/** What was dropped. Has to be called while it is: a browser forgets it afterwards. */
export async function droppedFiles({ items, files }: Pick<DataTransfer, 'items' | 'files'>): Promise<readonly FoundFile[]> {
  const folders = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry?.isDirectory === true) as FileSystemDirectoryEntry[];
  const loose = chosenFiles(files).filter(({ file }) => !folders.some(({ name }) => name === file.name));
  return [...loose, ...(await Promise.all(folders.map(filesIn))).flat()];
}

async function filesIn(folder: FileSystemDirectoryEntry): Promise<readonly FoundFile[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  // A folder is told in parts, until there is none any more.
  for (let more = await partOf(reader); more.length > 0 && entries.length < MOST; more = await partOf(reader)) entries.push(...more);
  const files = entries.filter((entry) => entry.isFile) as FileSystemFileEntry[];
  return Promise.all(files.map(async (entry) => ({ file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)), folder: folder.name })));
}

function partOf(reader: FileSystemDirectoryReader): Promise<readonly FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}
