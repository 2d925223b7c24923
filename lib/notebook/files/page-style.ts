import { INK } from '../../figures/style';

/** `#767676` as browsers write it into a style. */
const RGB = `rgb(${[1, 3, 5].map((at) => Number.parseInt(INK.slice(at, at + 2), 16)).join(', ')})`;

/** Style for JupyterLab: texts of figures in the ink of its theme. */
export const LAB_STYLE = `.js-plotly-plot text[style*="${RGB}"]{fill:var(--jp-ui-font-color1)!important}\n`;

/** Style of the report and of the notebooks' pages: for wide and narrow windows, light, dark and paper. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--ink:#1d2126;--soft:#596068;--ground:#fff;--raised:#f5f6f8;--line:#d8dce0;--link:#0059a3;
--good:#00695c;--part:#8a5800;--bad:#b3261e;--jp-layout-color0:var(--ground)}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8ea;--soft:#a6adb5;--ground:#14171a;--raised:#1e2226;--line:#3b4148;
--link:#79bcf5;--good:#5fd0bf;--part:#f0b95a;--bad:#ff9489}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 Helvetica,Arial,sans-serif;overflow-wrap:break-word}
main,nav,footer{max-width:77rem;margin:0 auto;padding:0 clamp(.9rem,3vw,2rem)}
nav{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;padding-top:1rem}
footer{padding-top:1.5rem;padding-bottom:3rem;color:var(--soft);font-size:.875rem}
h1{font-size:clamp(1.5rem,4.5vw,2.1rem);line-height:1.2;margin:1.2rem 0 .6rem}
h2{font-size:1.35rem;line-height:1.25;margin:2.4rem 0 .5rem}
p,ul,ol,blockquote{max-width:46rem}
a{color:var(--link)}
code{font:.875em/1.45 ui-monospace,Menlo,Consolas,monospace}
pre{background:var(--raised);padding:.7rem .9rem;border-radius:4px;overflow-x:auto;font:.8125rem/1.5 ui-monospace,Menlo,Consolas,monospace}
pre code{font:inherit}
summary{cursor:pointer}
.lead{font-size:1.15rem;color:var(--soft)}
.code>summary{color:var(--soft);font-size:.8125rem}
.output{margin:.8rem 0}
.plot,.anatomy-table{overflow-x:auto}
.anatomy-table{font-size:.875rem}
.plot text[style*="${RGB}"]{fill:var(--ink)!important}
.still svg{display:block;max-width:100%;height:auto}
.narrow{display:none}
.counts{border-collapse:collapse}.counts :is(th,td){padding:.15rem .9rem .15rem 0;text-align:left;font-weight:400}
.counts td{font-variant-numeric:tabular-nums}
.claim{border-top:1px solid var(--line);padding:.45rem 0}
.claim summary{display:grid;grid-template-columns:11.5rem 11.5rem 1fr;gap:.2rem .8rem;align-items:baseline}
.claim summary>:last-child::before{content:'▸ ';color:var(--soft)}.claim[open] summary>:last-child::before{content:'▾ '}
.claim dl{display:grid;grid-template-columns:11.5rem 1fr;gap:.3rem .8rem;margin:.5rem 0 .6rem}
.claim :is(dd){margin:0;max-width:46rem}.claim dt{color:var(--soft)}
.columns{display:grid;grid-template-columns:11.5rem 11.5rem 1fr;gap:.8rem;color:var(--soft);font-size:.875rem;padding:1.2rem 0 .3rem}
.replicates{color:var(--good)}.partly{color:var(--part)}.does-not-replicate{color:var(--bad)}.cannot-be-judged{color:var(--soft)}
@media (max-width:560px){.wide{display:none}.narrow{display:block}
.claim summary{grid-template-columns:1fr 1fr}.claim summary>:last-child{grid-column:1/-1}
.claim dl{grid-template-columns:1fr;gap:.1rem}.claim dd{margin-bottom:.4rem}
.columns{grid-template-columns:1fr 1fr}.columns>:last-child{display:none}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--ground:#fff;--raised:#f5f6f8;--line:#bbb;--link:#003d73;
--good:#00695c;--part:#704800;--bad:#96150e}
body{font-size:10pt}nav,.code{display:none}.plot,.still,.claim,tr{break-inside:avoid}h2{break-after:avoid}
.wide{display:block}.narrow{display:none}a{text-decoration:none}}
`.trim();
