//! Two deployments over mutual TLS: a hub that has no banks, and two nodes over one store that are nothing but the side
//! of a bank.

use std::sync::Arc;

use causeway::node::HUB;
use causeway::serve::Gateway;
use causeway_tests::fellows::Fellows;
use causeway_tests::{tls, world};
use causeway_toolkit::bank::{BankOptions, IsoBank};
use causeway_toolkit::dfsp::{Dfsp, DfspOptions, PartyId, PayRequest};
use causeway_toolkit::onboard::{AccountPattern, AdminClient, Member, PublicKey, Scheme};
use causeway_toolkit::players::{CURRENCY, GREEN_NUMBER};
use fspiop::jws::SigningKey;

use super::{PATIENCE_MS, all_delivered, assert_committed, ended, order_to};

const BANK: &str = "farbank";
const IBAN: &str = "FR1420041010050500013M02606";

struct FarHub {
    gateway: Gateway,
    admin: AdminClient,
    green: Dfsp,
    folder: tempfile::TempDir,
}

impl FarHub {
    /// With one DFSP.
    async fn start() -> FarHub {
        let folder = tempfile::tempdir().unwrap();
        let gateway = world::gateway(folder.path(), "", Arc::default()).await;
        let admin = world::admin(&gateway);
        let key = Arc::new(SigningKey::generate_p256().unwrap());
        let credentials = Some(tls::scheme_ca().participant("greenwallet").unwrap());
        let hub = Some(world::urls(&gateway).fspiop);
        let options = DfspOptions { hub, credentials, ..DfspOptions::new("greenwallet", key) };
        let green = Dfsp::start(options).await.unwrap();
        Scheme::new(CURRENCY).with(Member::dfsp(&green)).onboard(&admin).await.unwrap();
        green.trust(HUB, &gateway.node.keys.public_pem(HUB).unwrap()).unwrap();
        let number = PartyId::new("MSISDN", GREEN_NUMBER);
        green.register_party(number, "Amina Okafor", CURRENCY).await.unwrap();
        FarHub { gateway, admin, green, folder }
    }

    /// What the nodes of the banks' side are told of it.
    fn settings(&self) -> String {
        // In a folder of their own: the hub reads its own files anew when they change.
        let theirs = self.folder.path().join("side");
        std::fs::create_dir_all(&theirs).unwrap();
        let key = theirs.join("hub.pem");
        std::fs::write(&key, self.gateway.node.keys.public_pem(HUB).unwrap()).unwrap();
        let url = world::urls(&self.gateway).fspiop;
        let tls = tls::settings(&theirs, BANK);
        format!("[hub]\nurl = {url:?}\npublic_key = {key:?}\n{tls}")
    }

    /// To the hub the bank is a DFSP like any other.
    async fn admit(&self, url: &str, pem: &str) {
        self.admin.create_participant(BANK, CURRENCY).await.unwrap();
        self.admin.set_limit(BANK, CURRENCY, 1_000).await.unwrap();
        self.admin.record_funds_in(BANK, CURRENCY, "1000").await.unwrap();
        self.admin.set_endpoint(BANK, url).await.unwrap();
        self.admin.set_keys(BANK, &[PublicKey::always(pem)]).await.unwrap();
        self.green.trust(BANK, pem).unwrap();
        let register = switch::Command::RegisterParty {
            party: switch::PartyId::new("IBAN", IBAN, None).unwrap(),
            currency: None,
            participant: BANK.parse().unwrap(),
        };
        let commands = vec![register];
        let submission = switch_store::Submission { commands, ..Default::default() };
        self.gateway.node.commit(submission).await.unwrap();
    }
}

async fn bank(fellows: &Fellows, hub: &FarHub) -> IsoBank {
    let channel = Some(world::urls(fellows.gateway(0)).channel);
    let credentials = Some(tls::scheme_ca().participant(BANK).unwrap());
    let options = BankOptions { channel, credentials, ..BankOptions::new(BANK, "FARBFRPP") };
    let bank = IsoBank::start(options).await.unwrap();
    let here = fellows.admin(0);
    here.create_hub_accounts(CURRENCY).await.unwrap();
    let prefix = AccountPattern::IbanPrefix("FR14".to_owned());
    let record = Member::bank(&bank, vec![prefix]).bank.unwrap();
    here.create_participant(BANK, CURRENCY).await.unwrap();
    here.set_bank(BANK, &record).await.unwrap();
    here.create_participant("greenwallet", CURRENCY).await.unwrap();
    let key = PublicKey::always(hub.green.public_key_pem());
    here.set_keys("greenwallet", &[key]).await.unwrap();
    let known = || async {
        let peers = &fellows.node(1).peers;
        let green = peers.record("greenwallet");
        peers.bank(BANK).is_some() && green.is_some_and(|green| !green.keys.is_empty())
    };
    fellows.eventually("the other node has both records", known).await;
    bank
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_are_only_a_banks_side_pay_and_are_paid_through_a_hub_without_banks() {
    let hub = FarHub::start().await;
    let Some(fellows) = Fellows::start(2, &hub.settings()).await else { return };
    let bank = bank(&fellows, &hub).await;
    // The bank turns to the first node; what the hub has to say comes to either.
    let balancer = fellows.balancer().await;
    let url = format!("https://{}", balancer.addresses()[0]);
    hub.admit(&url, &fellows.node(0).keys.public_pem(BANK).unwrap()).await;
    for amount in ["8", "3"] {
        let order = order_to(GREEN_NUMBER, amount);
        let outcome = bank.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
        assert_eq!(ended(&outcome), ("ACSC", ""), "{}", outcome.xml);
    }
    let request = PayRequest::new(PartyId::new("IBAN", IBAN), CURRENCY, "2");
    assert_committed(&hub.green.pay(&request).await.unwrap());
    all_delivered(&fellows, 1).await;
    assert_eq!(hub.admin.position(BANK, CURRENCY).await.unwrap().to_string(), "9");
    assert_eq!(hub.green.signature_failures(), Vec::<String>::new());
    assert!(hub.gateway.node.peers.known().banks.is_empty(), "the hub has no banks");
}
