/** How a name stands in what commands print: as it is, and as XML, JSON, a shell or QEMU's command line have it. */
import { wordTable } from '../word-table.ts';

const ENTITIES = wordTable({ '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&apos;', '"': '&quot;' });

export function writtenForms(name: string): readonly string[] {
  const entities = (signs: RegExp): string => name.replaceAll(signs, (sign) => ENTITIES[sign] ?? sign);
  const forms = [
    name,
    // Between tags; between quotes; as libxml2 writes what stands there.
    ...[entities(/[&<>]/g), entities(/[&<>'"]/g), entities(/[&<>"]/g)],
    JSON.stringify(name).slice(1, -1),
    // Within single quotes of a shell, without those around it.
    name.replaceAll("'", "'\\''"),
    // QEMU's options have commas between them.
    name.replaceAll(',', ',,'),
  ];
  return [...new Set(forms)];
}
