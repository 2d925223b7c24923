/**
 * The study from left to right: tasks, model, training, measures, the tables of a run, findings, figures.
 */
export { tf } from './environment/tensorflow';
