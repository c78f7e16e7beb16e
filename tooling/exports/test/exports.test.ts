import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface EntryPoint {
  /** What a user imports: `@q/block/node`; with the condition, where Node and browsers get different files. */
  readonly name: string;
  /** The TypeScript source behind it. */
  readonly source: string;
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<
    Record<string, { '@q/source': string | Record<string, string> } | string>
  >;
}

/** The entry points of every published package, from the manifests. */
const entryPoints: readonly EntryPoint[] = readdirSync(path.join(root, 'packages'))
  .sort()
  .flatMap((folder) => {
    const whole = path.join(root, 'packages', folder);
    const text = readFileSync(path.join(whole, 'package.json'), 'utf8');
    const manifest = JSON.parse(text) as Manifest;
    return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
      if (typeof target === 'string') return [];
      const specifier = path.posix.join(manifest.name, subpath);
      const sources = target['@q/source'];
      if (typeof sources === 'string')
        return { name: specifier, source: path.join(whole, sources) };
      return Object.entries(sources).map(([condition, source]) => ({
        name: condition === 'default' ? specifier : `${specifier} in ${condition}`,
        source: path.join(whole, source),
      }));
    });
  });

const { config } = ts.readConfigFile(path.join(root, 'tsconfig.base.json'), (file) =>
  ts.sys.readFile(file),
) as {
  config: unknown;
};
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
const program = ts.createProgram(
  entryPoints.map(({ source }) => source),
  options,
);
const checker = program.getTypeChecker();

/** One exported name; `declared` is what it stands for, behind re-exports. */
interface Exported {
  readonly name: string;
  readonly kind: string;
  readonly declared: ts.Symbol;
}

function exportsOf(entry: EntryPoint): Exported[] {
  const file = program.getSourceFile(entry.source);
  const module = file && checker.getSymbolAtLocation(file);
  if (!module) return [];
  return checker
    .getExportsOfModule(module)
    .map((symbol) => {
      const declared =
        symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return { name: symbol.name, kind: kindOf(symbol, declared), declared };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function kindOf(symbol: ts.Symbol, declared: ts.Symbol): string {
  const typeOnly = symbol.declarations?.some(
    (one) => ts.isExportSpecifier(one) && (one.isTypeOnly || one.parent.parent.isTypeOnly),
  );
  if (declared.flags & ts.SymbolFlags.Class) return typeOnly ? 'type of class' : 'class';
  if (declared.flags & ts.SymbolFlags.Function) return 'function';
  if (declared.flags & ts.SymbolFlags.Variable) return 'const';
  return 'type';
}

describe.each(entryPoints)('$name', (entry) => {
  const found = exportsOf(entry);

  test('exports these names', async () => {
    const list = found.map(({ name, kind }) => `${kind.padEnd(14)}${name}\n`).join('');
    expect(list).not.toBe('');
    // Both files of a name that differs by condition must hold the same, so they share the snapshot.
    const file = entry.name
      .replace('@q/', '')
      .replace(/ in .*/, '')
      .replace('/', '.');
    await expect(list).toMatchFileSnapshot(`../names/${file}.txt`);
  });

  test('documents every one', () => {
    const silent = found.filter(
      ({ declared }) => declared.getDocumentationComment(checker).length === 0,
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  // Bundled declarations lose the "type" of such an export: users then see a class that is not there.
  test('exports no class as a type only', () => {
    expect(found.filter(({ kind }) => kind === 'type of class').map(({ name }) => name)).toEqual(
      [],
    );
  });
});
