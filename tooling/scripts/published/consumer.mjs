// A user's TypeScript project that imports every export of every package: once as a browser project without Node's types,
// once as a Node project. Then Node loads every entry point, by import and by require().
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { isNodeSide } from '../workspace.mjs';
import { run, tool } from './pack.mjs';

const strict = {
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  target: 'ES2022',
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: false,
};

/** Throws when a declaration does not compile for a user, or an export that is declared is not there at run time. */
export async function consume(packages, folder) {
  const entries = packages.flatMap((installed) => installed.entries);
  const browser = entries.filter(
    ({ specifier }) => !isNodeSide(specifier.split('/').slice(2).join('/')),
  );
  const types = path.join(folder, 'node_modules', '@types');
  mkdirSync(types, { recursive: true });
  cpSync(tool('@types/node'), path.join(types, 'node'), { recursive: true, dereference: true });
  const undici = path.dirname(tool('.pnpm/node_modules/undici-types/package.json'));
  cpSync(undici, path.join(folder, 'node_modules/undici-types'), {
    recursive: true,
    dereference: true,
  });

  await Promise.all([
    compile(path.join(folder, 'browser'), browser, {
      lib: ['ES2023', 'ESNext.Disposable', 'DOM', 'DOM.AsyncIterable'],
      types: [],
    }),
    compile(path.join(folder, 'node'), entries, { lib: ['ES2023'], types: ['node'] }),
  ]);
  await load(path.join(folder, 'node'), entries);
}

async function compile(project, entries, options) {
  mkdirSync(project, { recursive: true });
  writeFileSync(path.join(project, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(
    path.join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...strict, ...options }, files: ['main.ts'] }),
  );
  const program = ts.createProgram(
    entries.map(({ types }) => types),
    { ...ts.convertCompilerOptionsFromJson({ ...strict, ...options }, project).options },
  );
  const checker = program.getTypeChecker();
  const lines = entries.map(({ specifier, types }, i) => {
    const file = program.getSourceFile(types);
    const symbol = file && checker.getSymbolAtLocation(file);
    const names = symbol ? checker.getExportsOfModule(symbol) : [];
    if (names.length === 0) throw new Error(`${specifier} exports nothing`);
    const all = names.map(({ name }) => name);
    const values = names.filter((one) => isValue(checker, one)).map(({ name }) => name);
    return (
      `import type { ${all.map((name) => `${name} as ${name}_${i}`).join(', ')} } from '${specifier}';\n` +
      `import * as all_${i} from '${specifier}';\n` +
      `export type Names_${i} = [${values.map((name) => `typeof ${name}_${i}`).join(', ')}];\n` +
      `export const values_${i} = { ${values.map((name) => `${name}: all_${i}.${name}`).join(', ')} };\n` +
      `for (const [name, value] of Object.entries(values_${i})) {\n` +
      `  if (value === undefined) throw new Error('${specifier}: ' + name + ' is declared, but not there');\n}\n`
    );
  });
  writeFileSync(path.join(project, 'main.ts'), lines.join('\n'));
  await run(process.execPath, [tool('typescript/bin/tsc'), '-p', project]);
}

/** Whether an export is there at run time: a function, class or constant that is not exported as a type only. */
function isValue(checker, symbol) {
  const typeOnly = symbol.declarations.some(
    (one) => ts.isExportSpecifier(one) && (one.isTypeOnly || one.parent.parent.isTypeOnly),
  );
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return !typeOnly && (target.flags & ts.SymbolFlags.Value) !== 0;
}

async function load(project, entries) {
  const source = path.join(project, 'main.ts');
  const { outputText } = ts.transpileModule(ts.sys.readFile(source), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  writeFileSync(path.join(project, 'main.js'), outputText);
  await run(process.execPath, ['main.js'], project);
  const requires = entries.map(({ specifier }) => `require('${specifier}');`).join('\n');
  writeFileSync(path.join(project, 'main.cjs'), requires);
  await run(process.execPath, ['main.cjs'], project);
}
