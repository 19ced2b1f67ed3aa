"""CustomerBase with an agent a customer in Mesa; each line on stdin runs it, the answer is seconds, customer-months."""

import sys
import time

import mesa
import numpy as np

customers, months = int(sys.argv[1]), int(sys.argv[2])
churn, won, referrals, rate = map(float, sys.argv[3:7])


class Customer(mesa.Agent):
    def __init__(self, model):
        super().__init__(model)
        self.rate = model.draw.standard_gamma(1.0) * rate
        self.bought = 0

    def step(self):
        draw = self.model.draw
        self.bought += draw.poisson(self.rate)
        self.model.brought += draw.poisson(referrals)
        if draw.random() < churn:
            self.remove()


class Firm(mesa.Model):
    def __init__(self, seed):
        super().__init__(seed=seed)
        self.draw = np.random.default_rng(seed)
        self.brought = 0
        Customer.create_agents(self, customers)

    def month(self):
        self.brought = 0
        here = len(self.agents)
        self.agents.do("step")
        Customer.create_agents(self, self.brought + int(self.draw.poisson(won)))
        return here


for seed, _line in enumerate(sys.stdin):
    began = time.perf_counter()
    firm = Firm(seed)
    lived = sum(firm.month() for _month in range(months))
    print(time.perf_counter() - began, lived, flush=True)
