/** Files that were dropped or chosen, a folder of them too: which are libvirt's schemas, and which are to be opened. */

/** A file, with the folder that it came in. */
export interface FoundFile {
  readonly file: File;
  readonly folder: string | undefined;
}

export interface GivenFiles {
  /** Definitions and what hosts have printed. */
  readonly opened: readonly File[];
  readonly schemas: { readonly directory: string; readonly files: readonly File[] } | undefined;
}

/** A folder is given for its schemas: what else is in it is left alone. */
export function sortFiles(found: readonly FoundFile[]): GivenFiles {
  const schemas = found.filter(({ file }) => file.name.endsWith('.rng'));
  return {
    opened: found.filter((each) => each.folder === undefined && !schemas.includes(each)).map(({ file }) => file),
    schemas: schemas.length === 0 ? undefined : { directory: schemas[0]?.folder ?? 'what was given', files: schemas.map(({ file }) => file) },
  };
}
