import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createAsyncApi } from '../src/lib/hub/documents/asyncapi.ts';
import { createOpenApi } from '../src/lib/hub/documents/openapi.ts';
import { type Manifest, renderCommandsPage } from './commands-page.ts';
import { renderErrorsPage } from './errors-page.ts';
import { renderRowTypes } from './row-types.ts';
import { renderRowsPage } from './rows-page.ts';
import { renderFormattingPage, renderSettingsPage, renderWherePage } from './settings-page.ts';

// Writes what is made from the code: pages, the row types of the library, and the list of man pages in package.json. Build first:
// the commands come from oclif's manifest, and the man pages from the build.
const root = new URL('../', import.meta.url);
const readJson = async <T>(file: string): Promise<T> => JSON.parse(await readFile(new URL(file, root), 'utf8'));
const writeJson = (file: string, value: object): Promise<void> =>
  writeFile(new URL(file, root), `${JSON.stringify(value, null, 2)}\n`);

const manifest = await readJson<Manifest>('oclif.manifest.json');
const packageJson = await readJson<{ version: string }>('package.json');
const { version } = packageJson;
const man = (await readdir(new URL('man', root))).sort().map((page) => `man/${page}`);
await writeJson('package.json', { ...packageJson, man });
await writeFile(new URL('docs/commands.md', root), renderCommandsPage(manifest));
await writeFile(new URL('docs/errors.md', root), renderErrorsPage());
await writeFile(new URL('docs/rows.md', root), renderRowsPage());
await writeJson('docs/openapi.json', createOpenApi(version));
await writeJson('docs/asyncapi.json', createAsyncApi(version));
await writeFile(new URL('docs/settings.md', root), await renderSettingsPage(manifest));
await writeFile(new URL('docs/formatting.md', root), await renderFormattingPage(manifest));
await writeFile(new URL('docs/where.md', root), renderWherePage());
await writeFile(new URL('src/library/row-types.ts', root), renderRowTypes());
