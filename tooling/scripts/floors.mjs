// The dependency rule: an arrow may only point down. Read from manifests and import statements.
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import ts from 'typescript';
import { entryPoints, isNodeSide, members, typescriptFiles } from './workspace.mjs';

// Which folders of packages/ stand on which floor, bottom first. A package may use floors below its own, and nothing on its own,
// so no strategy ever depends on another. The bedrock, which holds ImageError, is below the rest of the ground.
const floors = [
  { name: 'bedrock', folders: /^block$/ },
  { name: 'ground', folders: /^(format|cache)$/ },
  { name: 'parts', folders: /^(cache-.+|refcount|cow|qed|codec|crypt)$/ },
  { name: 'drivers', folders: /^driver-.+$/ },
  { name: 'front', folders: /^(image|nbd)$/ },
];

/** Every violation below a repository's root, one sentence each; none when the rule holds. */
export function floorProblems(root) {
  return new FloorCheck(root).problems;
}

class FloorCheck {
  problems = [];
  #root;
  #floorOf = new Map();
  #entryPoints = new Map();

  constructor(root) {
    this.#root = root;
    const packages = members(root, 'packages');
    for (const member of packages) {
      const floor = floors.findIndex(({ folders }) => folders.test(member.name));
      this.#floorOf.set(member.manifest.name, floor);
      this.#entryPoints.set(member.manifest.name, new Set(entryPoints(member.manifest)));
      if (floor < 0) {
        this.problems.push(
          `packages/${member.name} stands on no floor: add it to the table in tooling/scripts/floors.mjs and to ARCHITECTURE.md`,
        );
      }
    }
    for (const member of packages) {
      this.#checkDependencies(member);
      this.#checkImports(member);
      for (const file of typescriptFiles(path.join(member.folder, 'src'))) {
        this.#checkNodeSide(member, file);
      }
    }
    for (const member of members(root, 'apps')) this.#checkImports(member);
  }

  #checkDependencies(member) {
    const { manifest } = member;
    const own = this.#floorOf.get(manifest.name);
    const where = `packages/${member.name}`;
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      const other = this.#floorOf.get(name);
      if (other === undefined) {
        if (name.startsWith('@q/')) {
          this.problems.push(
            `${where}/package.json: ${name} is not a published package of this repository`,
          );
        }
      } else if (own >= 0 && other >= own) {
        const reason =
          other === own
            ? `both are ${floors[own].name}, and neighbours do not lean on each other`
            : `${floors[other].name} stand above ${floors[own].name}`;
        this.problems.push(`${where}/package.json: depends on ${name}: ${reason}`);
      }
    }
  }

  /** Sources import what the manifest declares as a dependency, by entry points that exist, and the manifest declares nothing else. */
  #checkImports(member) {
    const { manifest, group } = member;
    const declared = new Set([
      ...Object.keys(manifest.dependencies ?? {}),
      ...Object.keys(manifest.peerDependencies ?? {}),
    ]);
    const used = new Set();
    for (const file of typescriptFiles(path.join(member.folder, 'src'))) {
      const where = path.relative(this.#root, file);
      for (const specifier of importsOf(file)) {
        if (specifier.startsWith('.')) {
          const target = path.resolve(path.dirname(file), specifier);
          const inside = path.relative(member.folder, target);
          if (!inside.startsWith(`src${path.sep}`)) {
            this.problems.push(
              `${where}: imports ${specifier}, which is outside its own src folder`,
            );
          }
          continue;
        }
        if (isBuiltin(specifier)) {
          if (!specifier.startsWith('node:'))
            this.problems.push(`${where}: write node:${specifier}`);
          continue;
        }
        const name = packageName(specifier);
        used.add(name);
        if (!declared.has(name)) {
          this.problems.push(
            `${where}: imports ${specifier}; ${name} is not in the dependencies of ${group}/${member.name}`,
          );
        } else if (this.#entryPoints.has(name) && !this.#entryPoints.get(name).has(specifier)) {
          this.problems.push(
            `${where}: imports ${specifier}, which is not an entry point of ${name}`,
          );
        }
      }
    }
    for (const name of declared) {
      if (!used.has(name)) {
        this.problems.push(
          `${group}/${member.name}/package.json: depends on ${name}, which no source file imports`,
        );
      }
    }
  }

  /** Only the Node side of a package (src/node.ts, src/node/) may know Node. */
  #checkNodeSide(member, file) {
    const inside = path.relative(member.folder, file).split(path.sep).join('/');
    if (isNodeSide(inside)) return;
    const where = path.relative(this.#root, file);
    for (const specifier of importsOf(file)) {
      if (isBuiltin(specifier)) {
        this.problems.push(
          `${where}: imports ${specifier}; only */node entry points may, everything else runs in a browser`,
        );
      } else if (isNodeSide(specifier.replace(/^(@[^/]+\/[^/]+|\.{1,2})\//, ''))) {
        this.problems.push(`${where}: imports ${specifier}, which runs in Node only`);
      }
    }
    if (/\bBuffer\s*\.\s*\w|\bnew Buffer\b/.test(withoutComments(file))) {
      this.problems.push(`${where}: uses Buffer, which browsers do not have`);
    }
  }
}

/** The modules that a file imports or re-exports, types included. */
function importsOf(file) {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  return importedFiles.map(({ fileName }) => fileName);
}

function packageName(specifier) {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function withoutComments(file) {
  return readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}
