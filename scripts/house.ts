/** `npm run check:house`: tells every place where the project breaks a rule of the house. */
import { fileURLToPath } from 'node:url';
import { readHouse } from './house/read.js';
import { inspect, RULES } from './house/rules.js';

const house = readHouse(fileURLToPath(new URL('..', import.meta.url)));
const broken = inspect(house);
for (const { rule, violation } of broken) {
  console.error(`${violation.path}:${violation.line}: ${rule}: ${violation.message}`);
}
if (broken.length > 0) {
  console.error(`\n${broken.length} violations of the house rules:`);
  for (const { name, holds } of RULES.filter((one) => broken.some(({ rule }) => rule === one.name))) {
    console.error(`  ${name}: ${holds}`);
  }
  process.exitCode = 1;
} else {
  console.log(`${RULES.length} house rules hold for ${house.sources.size} files of src/ and ${house.texts.size} texts`);
}
