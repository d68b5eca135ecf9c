import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { leanNode } from './lean-node.ts';
import { leanOclif } from './lean-oclif.ts';
import { leanWs } from './lean-ws.ts';
import { leanZod } from './lean-zod.ts';
import { type BundledPackage, listBundled } from './third-party-notices.ts';

/** Optional native add-ons of ws: looked for at run time, and may be absent. */
export const OPTIONAL_PACKAGES = ['bufferutil', 'utf-8-validate'];

export const BUNDLE = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  legalComments: 'none',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
  write: false,
} as const satisfies esbuild.BuildOptions;

const COMMON_JS = {
  ...BUNDLE,
  format: 'cjs',
  external: OPTIONAL_PACKAGES,
  // Code that is run as a script has no `import()`: a module in the same file is run when it is first wanted.
  supported: { 'dynamic-import': false },
  outfile: 'unwritten.cjs',
} as const satisfies esbuild.BuildOptions;

/**
 * Packages that only some runs need, in files of their own: the less text there is in the program, the faster it starts. The others
 * are in the program: what is small, or on the road of every tick. The value: whether a package is written in ECMAScript modules.
 */
const APART: Readonly<Record<string, boolean>> = {
  'cli-table3': false,
  'csv-parse/sync': true,
  fastify: false,
  hyparquet: true,
  'hyparquet-writer': true,
  'prom-client': false,
  zod: true,
};

/** The program: what is started by `bin/run.js`. */
export interface ProgramBundle {
  /** The text of each file below `dist/`. */
  readonly files: ReadonlyMap<string, string>;
  /** What every file has and imports, and of the program also which module imports which, and how. */
  readonly metafile: esbuild.Metafile;
  readonly packages: readonly BundledPackage[];
}

/**
 * Bundles the program as scripts that `src/lib/host/code-cache.ts` loads.
 * @param commands the folder of the commands' sources
 */
export async function bundleProgram(commands: string, repository: string): Promise<ProgramBundle> {
  const ids = await listCommands(commands);
  const oclifParts = new Set<string>();
  const bundle = (entry: string, ...plugins: esbuild.Plugin[]) =>
    bundleFile({ entryPoints: [entry], absWorkingDir: repository, plugins: [commandModules(ids), ...plugins] });
  const program = await bundle('src/main.ts', leanOclif(oclifParts), leanNode, leanWs, packagesApart(APART));
  const start = await bundle('src/start.ts');
  const completion = await bundle('src/complete.ts');
  for (const { metafile } of [start, completion]) refusePackages(metafile);
  const parts = await Promise.all([
    ...Object.entries(APART).map(([name, isModule]) => bundlePackage(name, repository, isModule)),
    // oclif's own dependencies, as oclif finds them.
    ...[...oclifParts]
      .sort()
      .map((name) => bundlePackage(name, path.join(repository, 'node_modules/@oclif/core'), false)),
  ]);
  return {
    files: new Map([
      ['start.cjs', start.text],
      ['program.cjs', wrap(program.text)],
      ['complete.cjs', wrap(completion.text)],
      ...parts.map(({ name, text }) => [`vendor/${name}.cjs`, wrap(text)] as const),
    ]),
    metafile: {
      inputs: program.metafile.inputs,
      outputs: Object.fromEntries(
        [
          ...Object.entries({ start, program, complete: completion }),
          ...parts.map((part) => [`vendor/${part.name}`, part] as const),
        ].flatMap(([name, { metafile }]) =>
          Object.values(metafile.outputs).map((output) => [`dist/${name}.cjs`, output]),
        ),
      ),
    },
    packages: [...(await listBundled(program.metafile, repository)), ...parts.flatMap(({ packages }) => packages)],
  };
}

/** One file that exports the classes of all commands as `COMMANDS`, for oclif to make its manifest of. */
export async function bundleCommandClasses(commands: string, repository: string): Promise<string> {
  const classes = [...(await listCommands(commands))].map(
    ([id, file]) => `${JSON.stringify(id)}: load(${requireOf(file)})`,
  );
  const contents = `const load = (module) => module.default; exports.COMMANDS = { ${classes.join(', ')} };`;
  const stdin = { contents, resolveDir: repository };
  return (await bundleFile({ stdin, absWorkingDir: repository, plugins: [leanZod] })).text;
}

async function bundleFile(
  options: esbuild.BuildOptions,
): Promise<{ readonly text: string; readonly metafile: esbuild.Metafile }> {
  const { outputFiles, metafile } = await esbuild.build({ ...COMMON_JS, ...options, write: false, metafile: true });
  return { text: outputFiles[0]?.text ?? '', metafile };
}

/** A package as a file of its own. @param from the folder of the package that imports it */
async function bundlePackage(name: string, from: string, isModule: boolean) {
  const text = JSON.stringify(name);
  const stdin = {
    contents: isModule ? `export * from ${text};` : `module.exports = require(${text});`,
    resolveDir: from,
  };
  const bundled = await bundleFile({ stdin, absWorkingDir: from, plugins: [leanZod] });
  return { name, ...bundled, packages: await listBundled(bundled.metafile, from) };
}

/** A function of CommonJS' five names, after the id of its text. */
function wrap(text: string): string {
  // It is read as Latin-1, which takes no time. esbuild escapes all but what is in regular expressions, where the escape means the same.
  const ascii = text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const wrapped = `(function(exports,require,module,__filename,__dirname){${ascii}\n})`;
  return `/*${createHash('sha256').update(wrapped).digest('hex').slice(0, 16)}*/${wrapped}`;
}

/** The file of each command's id; that of `stream index` is `stream/index/index.ts`, because oclif leaves out a last `index`. */
async function listCommands(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder, { recursive: true });
  return new Map(
    names
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => [name.replace(/([\\/]index)?\.ts$/, '').replaceAll(path.sep, ':'), path.join(folder, name)]),
  );
}

const requireOf = (file: string): string => `require(${JSON.stringify(file)})`;

/** `tickpipe:commands` and `tickpipe:command-ids`. */
function commandModules(ids: ReadonlyMap<string, string>): esbuild.Plugin {
  const loaders = [...ids].map(([id, file]) => `${JSON.stringify(id)}: () => import(${JSON.stringify(file)})`);
  const texts: Readonly<Record<string, string>> = {
    'tickpipe:commands': `export const COMMANDS = { ${loaders.join(', ')} };`,
    'tickpipe:command-ids': `export const COMMAND_IDS = new Set(${JSON.stringify([...ids.keys()])});`,
  };
  return {
    name: 'command-modules',
    setup(build) {
      build.onResolve({ filter: /^tickpipe:/ }, ({ path }) => ({ path, namespace: 'tickpipe' }));
      build.onLoad({ filter: /.*/, namespace: 'tickpipe' }, ({ path: name }) => ({
        contents: texts[name] ?? '',
        resolveDir: path.sep,
      }));
    },
  };
}

/** Imports of these packages become requires of their own files. */
function packagesApart(names: Readonly<Record<string, boolean>>): esbuild.Plugin {
  return {
    name: 'packages-apart',
    setup(build) {
      build.onResolve({ filter: /^[^.]/ }, ({ path, importer }) =>
        path in names && !importer.includes('node_modules') ? { path: `#vendor/${path}`, external: true } : undefined,
      );
    },
  };
}

function refusePackages({ outputs }: esbuild.Metafile): void {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const packages = inputs.filter(([input, { bytesInOutput }]) => bytesInOutput > 0 && input.includes('node_modules'));
  if (packages.length === 0) return;
  throw new Error(`every start must load no package, but loads ${packages.map(([input]) => input).join(', ')}`);
}
