import { publishedPythia } from './claims';
import {
  type Axis,
  axis,
  chart,
  curve,
  dots,
  type Figure,
  type Look,
  type Mark,
  type Panel,
  rankAxis,
  type Series,
  short,
  stepAxis,
  stepPlaces,
} from './core';
import { lossSigns } from './history';
import {
  type Convention,
  layerPatterns,
  leastStep,
  setBehavior,
  setPatterns,
  setRank,
  textSeries,
} from './patterns';
import { GENERAL, PAPER_SETS } from './probes';
import type { CheckpointRow, Trajectory } from './tables';

/** One color for each set in every figure. */
const COLORS: Record<string, string> = {
  syntactic: '#0072b2',
  semantic: '#e69f00',
  arithmetic: '#56b4e9',
  'in-context': '#cc79a7',
  factual: '#7d5c34',
  logical: '#009e73',
  general: '#8866ee',
  deduction: '#d55e00',
};
const RANGE = axis('share of its range', { range: [-0.05, 1.05], tickvals: [0, 0.5, 1] });

/** A line over steps; hovering tells step and value. */
const over = (series: Series, name: string, color: string, dash?: 'dash' | 'dot'): Mark =>
  curve(series, { name, color, dash, hover: `${name}, step %{x}<br>%{y:.3g}` });

/** A series from its lowest (0) to its highest (1). */
function ownRange({ steps, values }: Series): Series {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return { steps, values: values.map((value) => (high > low ? (value - low) / (high - low) : 0)) };
}

/** Panels over training steps, the key below them. */
function stepPanels(title: string, of: string, panels: readonly Panel[], y: Axis, most = 3) {
  const columns = Math.min(most, panels.length);
  const places = panels.flatMap(({ marks }) => marks.flatMap(({ x }) => x as number[]));
  const legend = { orientation: 'h', y: 0, yref: 'container', yanchor: 'bottom' } as const;
  return chart({
    ...{ title, of, panels, columns, y, x: stepAxis(Math.max(1, ...places), columns > 1) },
    height: 190 + 200 * Math.ceil(panels.length / columns),
    layout: { legend: { ...legend, font: { size: 11 } }, margin: { b: 110 } },
  });
}

/**
 * RankMe of the last layer over each pre-training, a line for each of the paper's sets, without damaged checkpoints. What
 * was published of 410M is drawn over what was measured of it, or by itself.
 *
 * ```ts
 * show(pythiaRank(trajectories().map(genuine), { centered: true }));
 * ```
 */
export function pythiaRank(
  trajectories: readonly Trajectory[],
  convention: Convention = {},
): Figure {
  const { model, sets } = publishedPythia().rankme_410m;
  const published = Object.entries(sets).map(([name, points]) => {
    const steps = stepPlaces(points.map(([step]) => step));
    const values = points.map(([, value]) => value);
    const hover = `${name}, published, step %{x}<br>%{y:.3g}`;
    const look = { name, color: COLORS[name], symbol: 'diamond-open', hover };
    return dots(steps, values, look);
  });
  const panels = trajectories.map((one): Panel => {
    const names = [...PAPER_SETS, 'deduction'].filter((name) => one.info.sets[name]);
    const lines = names.map((name) => over(setRank(one, name, convention), name, COLORS[name]));
    const marks = [...lines, ...(one.info.model === model ? published : [])];
    return { heading: `<b>${one.info.model}</b>`, marks };
  });
  if (!trajectories.some(({ info }) => info.model === model)) {
    const size = model.replace(/^pythia-|-deduped$/g, '').toUpperCase();
    panels.push({ heading: `<b>Pythia ${size}</b>, published`, marks: published });
  }
  const { rows = 'token', reading = 'rankme', centered = false } = convention;
  const words = reading === 'rankme' ? 'singular values, as printed' : 'squared singular values';
  const ranks = panels.flatMap(({ marks }) => marks.flatMap(({ y }) => y as number[]));
  return stepPanels(
    fallSentence(trajectories, convention),
    `last layer; one row a ${rows === 'token' ? 'token position' : 'prompt'}; ${words}${centered ? ', mean taken out' : ''}; ◇ published`,
    panels,
    rankAxis('rank', ranks),
  );
}

/**
 * How far the ranks of the paper's sets fall, and when, in a sentence.
 *
 * ```ts
 * note(fallSentence(trajectories().map(genuine)));
 * ```
 */
export function fallSentence(
  trajectories: readonly Trajectory[],
  convention: Convention = {},
): string {
  const patterns = trajectories.flatMap((one) => setPatterns(one, convention));
  if (patterns.length === 0) return 'No rank was measured.';
  const floors = patterns.map(({ floorStep }) => floorStep);
  const fallen = patterns.filter(({ fall }) => fall >= 0.5).length;
  return `${fallen} of ${patterns.length} sets lose half of their rank or more; it is least at steps ${Math.min(...floors)} to ${Math.max(...floors)}.`;
}

/**
 * The plain explanation: the rank of the general text beside the distance of what the model answers there from the
 * text's token frequencies, and its loss; each from its lowest (0) to its highest (1).
 *
 * ```ts
 * show(pythiaPlain(trajectories()));
 * ```
 */
export function pythiaPlain(trajectories: readonly Trajectory[]): Figure {
  const panels = trajectories.map((one): Panel => {
    const [kl, bits] = [textSeries(one, 'kl_unigram'), textSeries(one, 'bits_per_token')];
    const marks = [
      over(ownRange(setRank(one, GENERAL)), 'RankMe', COLORS.general),
      over(ownRange(kl), 'distance from the token frequencies', '#d55e00', 'dash'),
      over(ownRange(bits), 'bits per token', '#009e73', 'dot'),
    ];
    return { heading: `<b>${one.info.model}</b>`, marks };
  });
  return stepPanels(
    plainSentence(trajectories),
    'general text, last layer; each line from its lowest to its highest value',
    panels,
    RANGE,
  );
}

/**
 * When the rank is least, and when the answers are nearest to the token frequencies, in a sentence.
 *
 * ```ts
 * note(plainSentence(trajectories().map(genuine)));
 * ```
 */
export function plainSentence(trajectories: readonly Trajectory[]): string {
  const least = trajectories.map((one) => {
    const kl = textSeries(one, 'kl_unigram');
    const [rank, near] = [leastStep(setRank(one, GENERAL)), leastStep(kl)];
    return `${one.info.model} at steps ${rank} and ${near} (${short(Math.min(...kl.values))} nats away)`;
  });
  return `RankMe is least, and the answers are nearest to the token frequencies: ${least.join('; ')}.`;
}

/**
 * One panel for each set: rank and log-probability of the right option over their ranges, and accuracy as it is.
 *
 * ```ts
 * show(pythiaBehavior(trajectories()[0]));
 * ```
 */
export function pythiaBehavior(trajectory: Trajectory): Figure {
  const { info } = trajectory;
  const asked = Object.entries(info.sets).filter(([, { chance }]) => chance > 0);
  const panels = asked.map(([probe, { chance, items }]): Panel => {
    const of = (column: 'accuracy' | 'log_prob') => setBehavior(trajectory, probe, column);
    const level = { steps: of('accuracy').steps, values: of('accuracy').steps.map(() => chance) };
    const marks = [
      over(ownRange(setRank(trajectory, probe)), 'RankMe', '#0072b2'),
      over(ownRange(of('log_prob')), 'log-probability', '#e69f00', 'dash'),
      over(of('accuracy'), 'accuracy', '#009e73'),
      over(level, 'chance', '#767676', 'dot'),
    ];
    return { heading: `<b>${probe}</b>, ${items} items`, marks };
  });
  // Two standard errors above chance.
  const better = asked.filter(([probe, { chance, items }]) => {
    const end = setBehavior(trajectory, probe, 'accuracy').values.at(-1) as number;
    return end > chance + 2 * Math.sqrt((chance * (1 - chance)) / items);
  });
  return stepPanels(
    `${info.model} ends above chance on ${better.length} of ${asked.length} sets.`,
    `${info.kind}; last layer; rank and log-probability of the right option over their ranges`,
    panels,
    RANGE,
    4,
  );
}

/**
 * Rank of every layer above the embedding on the general text, as a share of its start, from light to deep.
 *
 * ```ts
 * show(pythiaLayers(trajectories()));
 * ```
 */
export function pythiaLayers(given: readonly Trajectory[], convention: Convention = {}): Figure {
  const depth = Math.max(...given.map(({ info }) => info.config.layers));
  const panels = given.map((one): Panel => {
    const marks = layerPatterns(one, convention).map(({ layer, start }) => {
      const { steps, values } = setRank(one, GENERAL, { ...convention, layer });
      const color = `hsl(262,60%,${Math.round(85 - (55 * layer) / depth)}%)`;
      return over({ steps, values: values.map((value) => value / start) }, `layer ${layer}`, color);
    });
    return { heading: `<b>${one.info.model}</b>`, marks };
  });
  const most = Math.max(...panels.flatMap(({ marks }) => marks.flatMap(({ y }) => y as number[])));
  const patterns = given.flatMap((one) => layerPatterns(one, convention));
  const falls = patterns.filter(({ fall }) => fall >= 0.5).length;
  return stepPanels(
    `${falls} of ${patterns.length} layers lose half of their rank or more.`,
    "general text; share of each layer's start",
    panels,
    axis('share of the start', { range: [0, 1.1 * most] }),
  );
}

const LOOKS: Record<CheckpointRow['verdict'], Look> = {
  genuine: { color: '#0072b2', symbol: 'square' },
  duplicate: { color: '#d55e00', symbol: 'x' },
  inconsistent: { color: '#cc79a7', symbol: 'diamond' },
  unjudged: { color: '#56b4e9', symbol: 'square-open' },
  damaged: { color: '#e69f00', symbol: 'x-open' },
  missing: { color: '#999999', symbol: 'square-open' },
};

/**
 * A strip for each model: which of its checkpoints are what they claim to be, by weights and by loss.
 *
 * ```ts
 * show(historyStrip(trajectories()));
 * ```
 */
export function historyStrip(
  given: readonly {
    info: Pick<Trajectory['info'], 'model' | 'config'>;
    checkpoints: CheckpointRow[];
  }[],
): Figure {
  const all = given.flatMap(({ info, checkpoints }) => {
    const signs = lossSigns(checkpoints, info.config.vocabulary);
    return checkpoints.map((row, i) => ({ ...row, model: info.model, sign: signs[i] }));
  });
  const off = all.filter(({ sign }) => sign === 'off');
  const bad = all.filter(({ verdict }) => !/genuine|unjudged/.test(verdict)).length;
  const marks = (name: string, rows: typeof all, look: Look) => {
    const places = stepPlaces(rows.map(({ step }) => step));
    const models = rows.map(({ model }) => model);
    const key = { name: `${name} (${rows.length})`, hover: `%{y}, step %{x}: ${name}` };
    return rows.length > 0 ? [dots(places, models, { ...look, ...key })] : [];
  };
  const kinds = (Object.keys(LOOKS) as CheckpointRow['verdict'][]).flatMap((verdict) => {
    const rows = all.filter((row) => row.verdict === verdict);
    return marks(verdict, rows, { ...LOOKS[verdict], size: 8 });
  });
  const losses = marks('loss off', off, { color: '#d55e00', symbol: 'circle-open', size: 14 });
  const figure = stepPanels(
    `${bad} of ${all.length} checkpoints are left out; the loss of ${off.length} does not fit their step.`,
    'by the distance of the weights to the last checkpoint, and by bits per token against neighbors',
    [{ marks: [...kinds, ...losses] }],
    axis('', { type: 'category', showgrid: false, automargin: true }),
  );
  figure.layout.height = 190 + 34 * given.length;
  return figure;
}
