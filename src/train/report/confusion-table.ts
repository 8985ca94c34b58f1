/**
 * A confusion matrix as an HTML table whose cells are shaded by their counts.
 */
import type { ConfusionMatrix } from '../confusion.js';
import { escapeHtml } from './html.js';

/** How strongly a count is shaded, in percent. The root keeps rare mistakes visible beside frequent ones. */
const shade = (count: number, most: number): number => (count === 0 ? 0 : Math.round(8 + 72 * Math.sqrt(count / most)));

/** Rows are the true classes, columns the answers; right answers and mistakes have a colour each. */
export function confusionTable(confusion: ConfusionMatrix, classes: readonly string[]): string {
  const indices = classes.map((_, index) => index);
  const most = confusion.mostConfused(1)[0]?.count ?? 1;
  const row = (actual: number): string => {
    const total = confusion.countOf(actual);
    const cells = indices.map((predicted) => {
      const count = confusion.count(actual, predicted);
      const title = `${count} of ${total} examples of ${classes[actual]} were called ${classes[predicted]}`;
      const right = actual === predicted;
      const strength = right ? 30 : shade(count, most);
      const look = `class="${right ? 'right' : 'wrong'}" style="--shade:${strength}%"`;
      return `<td ${look} title="${escapeHtml(title)}">${count || '<i>·</i>'}</td>`;
    });
    const recall = total > 0 ? `${((100 * confusion.count(actual, actual)) / total).toFixed(1)} %` : '–';
    const head = `<th scope="row">${escapeHtml(classes[actual] ?? '')}</th>`;
    return `<tr>${head}${cells.join('')}<td class="recall">${recall}</td></tr>`;
  };
  const names = classes.map((name) => `<th scope="col">${escapeHtml(name)}</th>`);
  return `<div class="wide"><table class="confusion">
<thead><tr><td></td><th colspan="${classes.length}" class="axis-name">answer</th><td></td></tr>
<tr><th class="axis-name">true</th>${names.join('')}<th class="axis-name">right</th></tr></thead>
<tbody>${indices.map(row).join('\n')}</tbody>
</table></div>`;
}

/** The most frequent mistakes, in words. */
export function confusedPairs(confusion: ConfusionMatrix, classes: readonly string[], limit: number): string {
  const bold = (index: number): string => `<b>${escapeHtml(classes[index] ?? '')}</b>`;
  const items = confusion
    .mostConfused(limit)
    .map(
      ({ actual, predicted, count }) => `<li>${bold(actual)} taken for ${bold(predicted)} <span>${count}×</span></li>`,
    );
  return items.length > 0 ? `<ol class="pairs">${items.join('')}</ol>` : '<p>No mistakes.</p>';
}
