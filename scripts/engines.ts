/**
 * `tsx scripts/engines.ts`: prints the table of engines × records as Markdown. `npm run docs` makes a page of it.
 */
import { enginesPage } from './engines/page.js';

console.log(enginesPage());
