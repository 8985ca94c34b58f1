// Pages of graphs as readers have them: in headless Chromium, `$CHROMIUM` or Debian's. Left out where there is none.
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Tensor, tensor } from '../../src/index.js';
import { Linear, ReLU, Sequential } from '../../src/nn/index.js';
import { type HtmlOptions, recordModules, toHtml } from '../../src/viz/index.js';
import { awkward } from './lesson.js';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const net = new Sequential(new Linear(3, 2), new ReLU(), new Linear(2, 1));
const { result: loss, modules } = recordModules(net, (): Tensor => {
  const x = tensor(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    { name: 'x', requiresGrad: true },
  );
  return net.forward(x.mul(2)).square().sum();
});

describe.skipIf(!existsSync(executablePath))('in Chromium', () => {
  let browser: Browser;
  let page: Page;
  /** What the page complains of, and what it asks of the network. */
  let complaints: string[] = [];

  beforeAll(async () => {
    const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath, args: ['--disable-background-networking', ...root] });
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  async function open(html: string, options: BrowserContextOptions = {}): Promise<void> {
    page = await browser.newPage({ viewport: { width: 1200, height: 800 }, ...options });
    complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('request', ({ url }) => complaints.push(url()));
    await page.setContent(html);
  }

  const openNet = (options: HtmlOptions = {}, context: BrowserContextOptions = {}): Promise<void> =>
    open(toHtml(loss, { modules, values: true, gradients: true, ...options }), context);

  /** The box, or frame's title, with this text in it. */
  const box = (text: string): Locator => page.locator('#graph [data-id]').filter({ hasText: text }).first();
  const nodes = (): Promise<number> => page.locator('#graph .node').count();
  const card = (): Locator => page.locator('#card');
  const transform = (): Promise<string | null> => page.locator('#graph > g').getAttribute('transform');
  /** The rows below the head of the card or of a part of it, `name text`. */
  const rows = async (part: '.head' | '.value' | '.grad'): Promise<string[]> => {
    const list = part === '.head' ? '.head + dl' : `${part} dl`;
    const [names, texts] = await Promise.all(
      ['dt', 'dd'].map((column) => card().locator(`${list} ${column}`).allTextContents()),
    );
    return texts!.map((text, i) => `${names![i] ?? ''} ${text}`.trim());
  };

  it('shows on hover what a node holds', async () => {
    await openNet();
    await expect.poll(() => page.title()).toBe('Computational graph');
    expect(await card().isVisible()).toBe(false);
    await box('x').hover();
    expect(await card().locator('h2').textContent()).toBe('x');
    expect(await rows('.head')).toEqual(['shape [2, 3] = 6', 'dtype float32']);
    expect(await rows('.value')).toEqual([
      'min 1',
      'max 6',
      'mean 3.5',
      'std 1.8708',
      'elements [[1, 2, 3], [4, 5, 6]]',
    ]);
    expect((await rows('.grad')).at(-1)).toMatch(/^elements \[\[-?\d/);
    await page.mouse.move(2, 2);
    expect(await card().isVisible()).toBe(false);
    await box('square').hover();
    expect(await card().locator('h2').textContent()).toBe('square');
  });

  it('keeps the card of a node that is clicked, and shows what it has to do with', async () => {
    await openNet();
    await box('relu').click();
    await page.mouse.move(2, 2);
    expect(await card().locator('h2').textContent()).toBe('relu');
    expect(await page.locator('.arrow.lit').count()).toBe(2);
    // The bias of the second layer has no part in it; the input has.
    expect(await page.locator('.node.away').filter({ hasText: 'bias' }).count()).toBe(1);
    expect(await box('x').getAttribute('class')).not.toContain('away');
    await card().getByRole('button', { name: 'Close' }).click();
    expect(await card().isVisible()).toBe(false);
    expect(await page.locator('.away').count()).toBe(0);
  });

  it('pans and zooms, by pointer, button and key', async () => {
    await openNet();
    const places = [await transform()];
    const moved = async (): Promise<void> => {
      const now = await transform();
      expect(now).not.toBe(places.at(-1));
      places.push(now);
    };
    await page.mouse.move(60, 700);
    await page.mouse.down();
    await page.mouse.move(160, 640, { steps: 4 });
    await page.mouse.up();
    await moved();
    const [x0, y0] = places[0]!.match(/-?[\d.]+/g)!.map(Number);
    const [x1, y1] = places[1]!.match(/-?[\d.]+/g)!.map(Number);
    expect([x1! - x0!, y1! - y0!].map(Math.round)).toEqual([100, -60]);

    // What is under the pointer stays there.
    const before = (await box('x').boundingBox())!;
    await page.mouse.move(before.x, before.y);
    await page.mouse.wheel(0, -300);
    await moved();
    const after = (await box('x').boundingBox())!;
    expect(after.width).toBeGreaterThan(before.width * 1.3);
    expect(Math.abs(after.x - before.x) + Math.abs(after.y - before.y)).toBeLessThan(3);

    await page.getByRole('button', { name: 'Zoom out' }).click();
    await moved();
    await page.locator('#graph').focus();
    await page.keyboard.press('+');
    await moved();
    await page.keyboard.press('ArrowLeft');
    await moved();
    await page.keyboard.press('0');
    expect(await transform()).toBe(places[0]);
  });

  it('zooms with two fingers, around the place between them', async () => {
    await openNet({}, { viewport: { width: 390, height: 780 }, hasTouch: true });
    const before = (await box('relu').boundingBox())!;
    const middle = { x: before.x + before.width / 2, y: before.y + before.height / 2 };
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart: number) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints:
          type === 'touchEnd' ? [] : [-1, 1].map((side, id) => ({ id, x: middle.x + side * apart, y: middle.y })),
      });
    await touch('touchStart', 30);
    for (const apart of [35, 45, 60]) await touch('touchMove', apart);
    await touch('touchEnd', 60);
    const after = (await box('relu').boundingBox())!;
    expect(after.width / before.width).toBeCloseTo(2, 0);
    expect(Math.abs(after.x + after.width / 2 - middle.x)).toBeLessThan(8);
    expect(Math.abs(after.y + after.height / 2 - middle.y)).toBeLessThan(8);
  });

  it('folds modules and unfolds them, nested ones by themselves', async () => {
    await openNet();
    const all = await nodes();
    expect(await page.locator('#count').textContent()).toBe(`${all} nodes`);
    await box('0: Linear(3, 2)').click();
    const some = await nodes();
    expect(some).toBe(all - 5);
    expect(await page.locator('#count').textContent()).toBe(`${some} of ${all} nodes`);
    expect(await box('0: Linear(3, 2)').getAttribute('aria-expanded')).toBe('false');
    expect(await box('0: Linear(3, 2)').textContent()).toContain('8 parameters → [2, 2]');
    await box('Sequential').click();
    expect(await page.locator('#graph .group').count()).toBe(1);
    expect(await nodes()).toBeLessThan(some);
    // Opened again, it is as it was left.
    await box('Sequential').click();
    expect(await nodes()).toBe(some);
    await box('0: Linear(3, 2)').click();
    expect(await nodes()).toBe(all);
    await page.getByRole('button', { name: 'Fold all modules', exact: true }).click();
    expect(await page.locator('#graph .group').count()).toBe(1);
    await page.getByRole('button', { name: 'Unfold all modules' }).click();
    expect(await nodes()).toBe(all);
  });

  it('can be used by keyboard alone', async () => {
    await openNet({ direction: 'LR' });
    await page.locator('#graph').focus();
    await page.keyboard.press('Tab');
    const said = (): Promise<string | null> => page.locator(':focus').getAttribute('aria-label');
    const first = await said();
    expect(first).toMatch(/^\S+, .*shape/);
    await box('square').focus();
    await page.keyboard.press('ArrowRight');
    expect(await said()).toMatch(/^sum, operation, shape \[\] \(scalar\), dtype float32/);
    expect(await card().locator('h2').textContent()).toBe('sum');
    await page.keyboard.press('ArrowLeft');
    expect(await said()).toMatch(/^square/);
    await page.keyboard.press('Enter');
    expect(await card().getAttribute('class')).toContain('kept');
    await page.keyboard.press('Escape');
    expect(await page.locator('.away').count()).toBe(0);
    const all = await nodes();
    await box('2: Linear').focus();
    await page.keyboard.press('Enter');
    expect(await nodes()).toBeLessThan(all);
    // The keyboard stays where it was.
    expect(await said()).toMatch(/^2: Linear\(2, 1\), module/);
    await page.keyboard.press('Enter');
    expect(await nodes()).toBe(all);
  });

  it('finds nodes by name, in folded modules too', async () => {
    await openNet({ folded: true });
    await page.getByRole('searchbox').fill('2.weight');
    expect(await page.locator('.found').count()).toBe(1);
    await page.keyboard.press('Enter');
    expect(await card().locator('.head').textContent()).toBe('weightparameter 2.weight');
    await page.getByRole('searchbox').fill('no such thing');
    expect(await page.locator('#search').getAttribute('class')).toBe('none');
  });

  it('fits a phone: a tap shows the card at the foot', async () => {
    await openNet({}, { viewport: { width: 390, height: 780 }, hasTouch: true, colorScheme: 'dark' });
    await box('square').tap();
    const { x, width } = (await card().boundingBox())!;
    expect([x, width]).toEqual([8, 374]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    // Arrows lead down a window that is higher than wide.
    const [from, to] = [await box('square').boundingBox(), await box('sum').boundingBox()];
    expect(to!.y).toBeGreaterThan(from!.y + from!.height);
  });

  it('shows every box within its window, and every text within its box', async () => {
    await openNet();
    const outside = await page.evaluate(() => {
      const within = (a: DOMRect, b: DOMRect): boolean =>
        a.left >= b.left && a.top >= b.top && a.right <= b.right && a.bottom <= b.bottom;
      const window = document.querySelector('#graph')!.getBoundingClientRect();
      return [...document.querySelectorAll('#graph [data-id]')].filter((thing) => {
        const shape = thing.querySelector('.shape:not(.behind)')!.getBoundingClientRect();
        const texts = [...thing.querySelectorAll('text')].map((text) => text.getBoundingClientRect());
        return !within(shape, window) || !texts.every((text) => within(text, shape));
      }).length;
    });
    expect(outside).toBe(0);
  });

  it('prints the whole graph', async () => {
    await openNet();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    const before = await transform();
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    expect(await transform()).toBeNull();
    expect(await page.locator('#graph').getAttribute('viewBox')).toMatch(/^-8 -8 \d/);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    expect(await transform()).toBe(before);
  });

  it('shows any text and runs none of it', async () => {
    await open(toHtml(awkward(), { title: '</title><img src=x onerror=alert(1)>' }));
    expect(await page.title()).toBe('</title><img src=x onerror=alert(1)>');
    expect(await page.locator('script:not([type])').count()).toBe(1);
    expect(await page.locator('img').count()).toBe(0);
    await box("</text><script>alert('x')</script>").click();
    expect(await card().locator('h2').textContent()).toBe("</text><script>alert('x')</script>");
  });
});
