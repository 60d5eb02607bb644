#include "broker/app/provider_workers.h"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace cis2::app {
namespace {

constexpr std::chrono::minutes kRemembered{1};

}  // namespace

void WorkerGate::Enqueue(const std::string& address_bucket, std::function<void(bool)> start) {
  waiting_.push_back({.bucket = address_bucket, .start = std::move(start)});
  StartWhatMay();
}

void WorkerGate::Finished(const std::string& address_bucket, bool as_suspect, bool succeeded) {
  --running_;
  running_suspects_ -= as_suspect ? 1 : 0;
  const base::TimePoint now = clock_.Now();
  std::erase_if(failed_at_, [&](const auto& item) { return now - item.second >= kRemembered; });
  if (succeeded) {
    failed_at_.erase(address_bucket);
  } else {
    failed_at_[address_bucket] = now;
  }
  StartWhatMay();
}

bool WorkerGate::IsSuspect(const std::string& bucket) const {
  const auto it = failed_at_.find(bucket);
  return it != failed_at_.end() && clock_.Now() - it->second < kRemembered;
}

void WorkerGate::StartWhatMay() {
  while (running_ < workers_) {
    const bool room_for_suspects = running_suspects_ < std::max(1, workers_ / 2);
    const auto next = std::ranges::find_if(
        waiting_, [&](const Waiting& w) { return room_for_suspects || !IsSuspect(w.bucket); });
    if (next == waiting_.end()) {
      return;
    }
    const Waiting job = std::move(*next);
    waiting_.erase(next);
    const bool as_suspect = IsSuspect(job.bucket);
    ++running_;
    running_suspects_ += as_suspect ? 1 : 0;
    job.start(as_suspect);
  }
}

ProviderWorkers::ProviderWorkers(boost::asio::io_context& io, int workers, const base::Clock& clock)
    : io_(io), pool_(static_cast<std::size_t>(workers)), gate_(workers, clock) {}

ProviderWorkers::~ProviderWorkers() { Join(); }

void ProviderWorkers::Submit(const std::string& address_bucket, std::function<Done()> work) {
  gate_.Enqueue(address_bucket, [this, address_bucket, work = std::move(work)](bool as_suspect) {
    boost::asio::post(pool_, [this, address_bucket, work, as_suspect] {
      Done done = work();
      boost::asio::post(io_, [this, address_bucket, as_suspect, done = std::move(done)] {
        gate_.Finished(address_bucket, as_suspect, done.succeeded);
        done.then();
      });
    });
  });
}

void ProviderWorkers::Join() { pool_.join(); }

}  // namespace cis2::app
