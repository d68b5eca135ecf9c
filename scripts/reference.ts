import { readFile, writeFile } from 'node:fs/promises';
import { type Manifest, renderCommandsPage } from './commands-page.ts';
import { renderErrorsPage } from './errors-page.ts';
import { renderRowsPage } from './rows-page.ts';

// Writes the pages that are made from the code. Build first: the commands come from oclif's manifest.
const root = new URL('../', import.meta.url);
const manifest: Manifest = JSON.parse(await readFile(new URL('oclif.manifest.json', root), 'utf8'));
await writeFile(new URL('docs/commands.md', root), renderCommandsPage(manifest));
await writeFile(new URL('docs/errors.md', root), renderErrorsPage());
await writeFile(new URL('docs/rows.md', root), renderRowsPage());
