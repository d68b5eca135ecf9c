import { startBrowser } from './chromium.ts';

/* Keeps a browser with an open page until it is killed. Its argument marks the browser. */

const browser = await startBrowser([String(process.argv[2])]);
const page = await browser.newPage();
await page.goto('data:text/html,<title>open</title>');
process.stdout.write(`${await page.title()}\n`);
