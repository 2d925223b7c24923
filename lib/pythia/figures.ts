import type { Data, Layout, LayoutAxis } from 'plotly.js';
import { publishedPythia } from './claims';
import {
  axis,
  type Figure,
  figure,
  INK,
  panelAxes,
  panels,
  rankAxis,
  short,
  stepAxis,
  stepPlace,
} from './core';
import { lossSigns } from './history';
import {
  type Convention,
  layerPatterns,
  leastStep,
  PAPER_SETS,
  type Series,
  setBehavior,
  setPatterns,
  setRank,
  textSeries,
} from './patterns';
import { GENERAL } from './probes';
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

/** A line over training steps. */
interface Line {
  readonly name: string;
  readonly color: string;
  readonly series: Series;
  readonly dash?: 'solid' | 'dash' | 'dot';
  /** True for points alone, larger: published values. */
  readonly points?: boolean;
  /** True to draw it from its lowest (0) to its highest (1). */
  readonly ownRange?: boolean;
}

interface Panel {
  readonly heading: string;
  readonly lines: readonly Line[];
  /** Height of a thin level line. */
  readonly level?: number;
}

/** Panels of lines over training steps that share their axes; a name that several panels have is one entry of the key. */
function stepPanels(
  title: string,
  given: readonly Panel[],
  y: Partial<LayoutAxis>,
  most = 4,
): Figure {
  const columns = Math.max(1, Math.min(most, given.length));
  const named = new Set<string>();
  const data = given.flatMap(({ lines }, panel) =>
    lines.map(({ name, color, dash = 'solid', points = false, ownRange = false, series }): Data => {
      const { steps, values } = series;
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const share = (value: number) => (high > low ? (value - low) / (high - low) : 0);
      const first = !named.has(name);
      named.add(name);
      return {
        type: 'scatter',
        mode: points ? 'markers' : 'lines',
        ...{ name, legendgroup: name, showlegend: first, ...panelAxes(panel) },
        x: steps.map(stepPlace),
        y: ownRange ? values.map(share) : [...values],
        customdata: steps.map((step, i) => [step, values[i]]) as never,
        line: { color, dash, width: 1.6 },
        marker: { color, size: 8, symbol: 'diamond-open' },
        hovertemplate: `${name}, step %{customdata[0]}<br>%{customdata[1]:.3g}<extra></extra>`,
      };
    }),
  );
  const last = Math.max(
    1,
    ...given.flatMap(({ lines }) => lines.flatMap(({ series }) => series.steps)),
  );
  const shapes = given.flatMap(({ level }, panel): NonNullable<Layout['shapes']> => {
    const { xaxis, yaxis } = panelAxes(panel);
    const place = {
      xref: `${xaxis} domain` as 'x',
      yref: yaxis,
      x0: 0,
      x1: 1,
      y0: level,
      y1: level,
    };
    return level ? [{ type: 'line', ...place, line: { color: INK, width: 0.7 } }] : [];
  });
  const headings = given.map(({ heading }) => heading);
  return figure(
    title,
    data,
    {
      ...panels(headings, columns, stepAxis(last, columns > 1), y),
      ...{ shapes, margin: { l: 52, b: 96 } },
      legend: { orientation: 'h', y: 0, yref: 'container', yanchor: 'bottom', font: { size: 11 } },
    },
    { width: 900, height: 170 + 210 * Math.ceil(given.length / columns) },
  );
}

/**
 * RankMe of the last layer over each pre-training, a line for each of the paper's sets; damaged checkpoints are left
 * out. What was published of 410M is drawn over what was measured of it, or stands by itself where it was not.
 */
export function pythiaRank(
  trajectories: readonly Trajectory[],
  convention: Convention = {},
): Figure {
  const { model, sets } = publishedPythia().rankme_410m;
  const published = Object.entries(sets).map(([name, points]): Line => {
    const series = {
      steps: points.map(([step]) => step),
      values: points.map(([, value]) => value),
    };
    return { name, color: COLORS[name], series, points: true };
  });
  const measured = trajectories.map((one): Panel => {
    const lines = setsOf(one).map((name): Line => {
      return { name, color: COLORS[name], series: setRank(one, name, convention) };
    });
    const own = one.info.model === model ? published : [];
    return { heading: `<b>${one.info.model}</b>`, lines: [...lines, ...own] };
  });
  const known = trajectories.some(({ info }) => info.model === model);
  const alone = { heading: `<b>${model}</b>, as published`, lines: published };
  const given = known ? measured : [...measured, alone];
  const patterns = trajectories.flatMap((one) => setPatterns(one, convention));
  const fallen = patterns.filter(({ fall }) => fall >= 0.5).length;
  const floors = patterns.map(({ floorStep }) => floorStep);
  const { rows = 'token', reading = 'rankme', centered = false } = convention;
  const words = reading === 'rankme' ? 'singular values, as printed' : 'squared singular values';
  return stepPanels(
    `${fallen} of ${patterns.length} sets lose half of their rank or more, with the lowest at steps ${Math.min(...floors)} to ${Math.max(...floors)}<br>` +
      `<sub>last layer; one row a ${rows === 'token' ? 'token position' : 'prompt'}; ${words}${centered ? ', mean taken out' : ''}; ◇ published</sub>`,
    given,
    rankAxis(
      'rank',
      given.flatMap(({ lines }) => lines.flatMap(({ series }) => [...series.values])),
    ),
    3,
  );
}

/**
 * The plain explanation: the rank of the general text beside the distance of what the model answers there from the
 * text's token frequencies, and its loss; each from its lowest (0) to its highest (1).
 */
export function pythiaPlain(trajectories: readonly Trajectory[]): Figure {
  const given = trajectories.map((one): Panel => {
    const lines: Line[] = [
      { name: 'RankMe', color: COLORS.general, series: setRank(one, GENERAL), ownRange: true },
      {
        ...{ name: 'distance from the token frequencies', color: '#d55e00', dash: 'dash' },
        ...{ series: textSeries(one, 'kl_unigram'), ownRange: true },
      },
      {
        ...{ name: 'bits per token', color: '#009e73', dash: 'dot' },
        ...{ series: textSeries(one, 'bits_per_token'), ownRange: true },
      },
    ];
    return { heading: `<b>${one.info.model}</b>`, lines };
  });
  const least = trajectories.map((one) => {
    const kl = textSeries(one, 'kl_unigram');
    const floor = short(Math.min(...kl.values));
    return `${one.info.model} at steps ${leastStep(setRank(one, GENERAL))} and ${leastStep(kl)} (${floor} nats)`;
  });
  return stepPanels(
    `RankMe is least, and the answers nearest to the token frequencies: ${least.join('; ')}<br>` +
      '<sub>general text, last layer; each line from its lowest to its highest value</sub>',
    given,
    axis('share of its range', { range: [-0.05, 1.05], tickvals: [0, 0.5, 1] }),
    3,
  );
}

/** One panel for each set: rank and log-probability of the right option over their ranges, and accuracy as it is. */
export function pythiaBehavior(trajectory: Trajectory): Figure {
  const { info } = trajectory;
  const asked = Object.entries(info.sets).filter(([, { chance }]) => chance > 0);
  const given = asked.map(([probe, { chance, items }]): Panel => {
    const behavior = (column: 'accuracy' | 'log_prob') => setBehavior(trajectory, probe, column);
    const lines: Line[] = [
      { name: 'RankMe', color: '#0072b2', series: setRank(trajectory, probe), ownRange: true },
      {
        ...{ name: 'log-probability of the right option', color: '#e69f00', dash: 'dash' },
        ...{ series: behavior('log_prob'), ownRange: true },
      },
      { name: 'accuracy', color: '#009e73', dash: 'dot', series: behavior('accuracy') },
    ];
    return { heading: `<b>${probe}</b>, ${items} items`, lines, level: chance };
  });
  const ends = asked.map(
    ([probe]) => setBehavior(trajectory, probe, 'accuracy').values.at(-1) as number,
  );
  // Two standard errors above chance.
  const better = asked.filter(([, { chance, items }], i) => {
    return ends[i] > chance + 2 * Math.sqrt((chance * (1 - chance)) / items);
  });
  return stepPanels(
    `${info.model} ends above chance on ${better.length} of ${asked.length} sets<br>` +
      `<sub>${info.kind}; last layer; thin line: chance; rank and log-probability over their ranges</sub>`,
    given,
    axis('', { range: [-0.05, 1.05], tickvals: [0, 0.5, 1] }),
  );
}

/** Rank of every layer above the embedding on the general text, a line each, as a share of its start. */
export function pythiaLayers(given: readonly Trajectory[], convention: Convention = {}): Figure {
  const all = given.map((one) => ({ one, patterns: layerPatterns(one, convention) }));
  const depth = Math.max(...given.map(({ info }) => info.config.layers));
  const panelsOf = all.map(({ one, patterns }): Panel => {
    const lines = patterns.map(({ layer, start }): Line => {
      const { steps, values } = setRank(one, GENERAL, { ...convention, layer });
      const series = { steps, values: values.map((value) => value / start) };
      // From light to deep.
      return {
        name: `layer ${layer}`,
        color: `hsl(262,60%,${85 - (55 * layer) / depth}%)`,
        series,
      };
    });
    return { heading: `<b>${one.info.model}</b>`, lines };
  });
  const patterns = all.flatMap((own) => own.patterns);
  const falls = patterns.filter(({ fall }) => fall >= 0.5).length;
  return stepPanels(
    `${falls} of ${patterns.length} layers lose half of their rank or more<br>` +
      "<sub>general text; share of each layer's start</sub>",
    panelsOf,
    axis('share of the start', { rangemode: 'tozero' }),
    3,
  );
}

const LOOKS: Record<CheckpointRow['verdict'], { color: string; symbol: string }> = {
  genuine: { color: '#0072b2', symbol: 'square' },
  duplicate: { color: '#d55e00', symbol: 'x' },
  inconsistent: { color: '#cc79a7', symbol: 'diamond' },
  unjudged: { color: '#56b4e9', symbol: 'square-open' },
  damaged: { color: '#e69f00', symbol: 'x-open' },
  missing: { color: '#999999', symbol: 'square-open' },
};

/** A strip for each model: which of its checkpoints are what they claim to be, by weights and by loss. */
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
  const bad = all.filter(({ verdict }) => !/genuine|unjudged/.test(verdict)).length;
  const off = all.filter(({ sign }) => sign === 'off');
  const marks = (name: string, rows: typeof all, marker: object): Data[] =>
    rows.length === 0
      ? []
      : [
          {
            ...{ type: 'scatter', mode: 'markers', name: `${name} (${rows.length})`, marker },
            x: rows.map(({ step }) => stepPlace(step)),
            y: rows.map(({ model }) => model),
            customdata: rows.map(({ step, verdict, of, bits_per_token }) => [
              step,
              `${verdict}${of >= 0 ? `, repeats step ${of}` : ''}`,
              bits_per_token ?? Number.NaN,
            ]) as never,
            hovertemplate:
              '%{y}, step %{customdata[0]}: %{customdata[1]}<br>%{customdata[2]:.3g} bits per token<extra></extra>',
          },
        ];
  const verdicts = Object.keys(LOOKS) as CheckpointRow['verdict'][];
  const last = Math.max(1, ...all.map(({ step }) => step));
  return figure(
    `${bad === 0 ? `None of ${all.length} checkpoints is damaged` : `${bad} of ${all.length} checkpoints are left out`}; ` +
      `the loss of ${off.length} does not fit their step<br>` +
      '<sub>by the distance of the weights to the last checkpoint, and by bits per token against neighbors</sub>',
    [
      ...verdicts.flatMap((verdict) =>
        marks(
          verdict,
          all.filter((row) => row.verdict === verdict),
          { ...LOOKS[verdict], size: 8 },
        ),
      ),
      ...marks('loss off', off, { color: '#d55e00', symbol: 'circle-open', size: 14 }),
    ],
    {
      xaxis: stepAxis(last),
      yaxis: axis('', { type: 'category', showgrid: false, automargin: true }),
      legend: { orientation: 'h', y: 0, yref: 'container', yanchor: 'bottom' },
      margin: { b: 76 },
    },
    { height: 150 + 34 * given.length },
  );
}

/** The sets that are drawn together: the paper's, and deduction. */
function setsOf({ info }: Trajectory): string[] {
  return [...PAPER_SETS, 'deduction'].filter((name) => info.sets[name]);
}
