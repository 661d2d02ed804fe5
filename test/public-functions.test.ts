/** What is public is documented: each function says what it gives, and has an example, which test/examples.test.ts runs. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ENTRIES = ['src/index.ts', 'src/host/index.ts', 'src/libvirt/index.ts', 'src/testing/index.ts', 'src/xml/index.ts'];

interface PublicFunction {
  readonly name: string;
  readonly file: string;
  /** The comment before it, with its tags. */
  readonly comment: string;
}

const parse = (file: string): ts.SourceFile => ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);

/** Names that an entry hands on, without those of types: name there → name in its file. */
function exportsOf(entry: string): { readonly file: string; readonly name: string }[] {
  return parse(entry).statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || statement.isTypeOnly || statement.moduleSpecifier === undefined) return [];
    const file = join(dirname(entry), (statement.moduleSpecifier as ts.StringLiteral).text);
    const { exportClause } = statement;
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) throw new Error(`${entry} exports without names`);
    return exportClause.elements.filter((each) => !each.isTypeOnly).map((each) => ({ file, name: (each.propertyName ?? each.name).text }));
  });
}

function declarationOf({ file, name }: { readonly file: string; readonly name: string }): PublicFunction | undefined {
  const found = parse(file).statements.find(
    (statement) => (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name?.text === name,
  );
  if (found === undefined) return undefined;
  const comment = ts.getJSDocCommentsAndTags(found).find(ts.isJSDoc)?.getText() ?? '';
  return { name, file, comment };
}

const found = ENTRIES.flatMap(exportsOf).flatMap((each) => declarationOf(each) ?? []);

describe('every public function', () => {
  it('is found', () => {
    expect(found.length).toBeGreaterThan(90);
  });

  it('says what it is for', () => {
    expect(found.filter(({ comment }) => !/^\/\*\*[\s*]*[A-Z`]/.test(comment)).map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
  });

  it('has an example that names it', () => {
    const lacks = found.filter(({ comment, name }) => {
      const [, example = ''] = comment.split('@example');
      return !new RegExp(`\\b${name}\\b[\\s\\S]*// → `).test(example);
    });
    expect(lacks.map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
  });
});
